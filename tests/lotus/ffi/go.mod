module github.com/filecoin-project/filecoin-ffi

go 1.25.7

require (
	github.com/filecoin-project/go-address v1.2.0
	github.com/filecoin-project/go-state-types v0.19.0-rc1
	github.com/ipfs/boxo v0.37.0
	github.com/ipfs/go-cid v0.6.1
	github.com/kilic/bls12-381 v0.1.0
)
