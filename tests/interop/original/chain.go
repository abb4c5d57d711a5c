package main

import (
	"context"
	"encoding/hex"
	"errors"

	"github.com/filecoin-project/go-address"
	cborutil "github.com/filecoin-project/go-cbor-util"
	"github.com/filecoin-project/go-state-types/big"
	initactor "github.com/filecoin-project/specs-actors/v5/actors/builtin/init"
	"github.com/filecoin-project/specs-actors/v5/actors/builtin/paych"
	"github.com/filecoin-project/specs-actors/v5/actors/util/adt"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	blockstore "github.com/ipfs/go-ipfs-blockstore"
	keystore "github.com/ipfs/go-ipfs-keystore"
	ipldcbor "github.com/ipfs/go-ipld-cbor"
	"github.com/myelnet/pop/filecoin"
	"github.com/myelnet/pop/payments"
	"github.com/myelnet/pop/wallet"
)

// chainBlocks are the few objects of the chain: a block store that needs no other.
type chainBlocks struct{ blockstore.Blockstore }

func newBlocks() chainBlocks {
	return chainBlocks{blockstore.NewBlockstore(dssync.MutexWrap(datastore.NewMapDatastore()))}
}

func (c chainBlocks) object(id cid.Cid) []byte {
	b, err := c.Get(id)
	if err != nil {
		return nil
	}
	return b.RawData()
}

func (c chainBlocks) Get(id cid.Cid) (blocks.Block, error) { return c.Blockstore.Get(id) }

// chain is the chain as the original sees it: one payment channel, without a lane, from the client to the provider.
type chain struct {
	api      *filecoin.MockLotusAPI
	wallet   *wallet.KeystoreWallet
	from, to address.Address
}

// keyed gives the address of a key; the wallet then has the key.
func keyed(ctx context.Context, w *wallet.KeystoreWallet, key string) (address.Address, error) {
	private, err := hex.DecodeString(key)
	if err != nil {
		return address.Undef, err
	}
	return w.ImportKey(ctx, &wallet.KeyInfo{KType: wallet.KTSecp256k1, PrivateKey: private})
}

func newWallet(api filecoin.API) *wallet.KeystoreWallet {
	return wallet.NewFromKeystore(keystore.NewMemKeystore(), wallet.WithFilAPI(api)).(*wallet.KeystoreWallet)
}

// newPayments makes the payment manager of one side on such a chain.
func newPayments(ctx context.Context, o *options) (*payments.Payments, *chain, error) {
	api := filecoin.NewMockLotusAPI()
	c := &chain{api: api, wallet: newWallet(api)}
	var errs [4]error
	c.from, errs[0] = keyed(ctx, newWallet(api), o.clientKey)
	c.to, errs[1] = keyed(ctx, newWallet(api), o.providerKey)
	own := o.clientKey
	if o.role == "provider" {
		own = o.providerKey
	}
	_, errs[2] = keyed(ctx, c.wallet, own)
	channel, err := address.NewFromString(o.channel)
	errs[3] = err
	if err := errors.Join(errs[:]...); err != nil {
		return nil, nil, err
	}
	if err := c.place(ctx, channel); err != nil {
		return nil, nil, err
	}
	return payments.New(ctx, api, c.wallet, dssync.MutexWrap(datastore.NewMapDatastore()), newBlocks()), c, nil
}

// place puts the channel on the chain, with much money; whatever is asked for is answered with it.
func (c *chain) place(ctx context.Context, channel address.Address) error {
	objects := newBlocks()
	payer, _ := address.NewIDAddress(1001)
	payee, _ := address.NewIDAddress(1002)
	array, err := adt.MakeEmptyArray(adt.WrapStore(ctx, ipldcbor.NewCborStore(objects)), paych.LaneStatesAmtBitwidth)
	if err != nil {
		return err
	}
	lanes, err := array.Root()
	if err != nil {
		return err
	}
	made, err := cborutil.Dump(&initactor.ExecReturn{IDAddress: channel, RobustAddress: channel})
	if err != nil {
		return err
	}
	balance := big.NewInt(1 << 40)
	c.api.SetAccountKey(payer, c.from)
	c.api.SetAccountKey(payee, c.to)
	c.api.SetActor(&filecoin.Actor{Code: lanes, Head: lanes, Nonce: 1, Balance: balance})
	c.api.SetActorState(&filecoin.ActorState{Balance: balance,
		State: paych.State{From: payer, To: payee, ToSend: big.Zero(), LaneStates: lanes}})
	c.api.SetObjectReader(objects.object)
	c.api.SetInvocResult(&filecoin.InvocResult{MsgRct: &filecoin.MessageReceipt{ExitCode: 0}})
	go func() {
		for ctx.Err() == nil { // each waiter takes one
			c.api.SetMsgLookup(&filecoin.MsgLookup{Message: lanes, Receipt: filecoin.MessageReceipt{Return: made}})
		}
	}()
	return nil
}
