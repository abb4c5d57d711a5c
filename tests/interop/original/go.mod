module retrieval/original

go 1.16

require (
	github.com/filecoin-project/go-address v0.0.5
	github.com/filecoin-project/go-cbor-util v0.0.0-20201016124514-d0bbec7bfcc4
	github.com/filecoin-project/go-data-transfer v1.7.0
	github.com/filecoin-project/go-multistore v0.0.3
	github.com/filecoin-project/go-state-types v0.1.1-0.20210506134452-99b279731c48
	github.com/filecoin-project/specs-actors/v5 v5.0.0-20210512015452-4fe3889fff57
	github.com/ipfs/go-block-format v0.0.3
	github.com/ipfs/go-cid v0.0.7
	github.com/ipfs/go-datastore v0.4.5
	github.com/ipfs/go-graphsync v0.6.4
	github.com/ipfs/go-ipfs-blockstore v1.0.4
	github.com/ipfs/go-ipfs-keystore v0.0.2
	github.com/ipfs/go-ipld-cbor v0.0.5
	github.com/ipld/go-ipld-prime v0.5.1-0.20201021195245-109253e8a018
	github.com/libp2p/go-libp2p-core v0.8.5
	github.com/myelnet/pop v0.0.0-20210811184920-fbf2e057a422
	github.com/whyrusleeping/cbor-gen v0.0.0-20210219115102-f37d292932f2
)
