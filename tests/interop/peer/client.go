package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	datatransfer "github.com/filecoin-project/go-data-transfer/v2"
	selectorparse "github.com/ipld/go-ipld-prime/traversal/selector/parse"
)

// buyer pays what it has received, at the intervals and at the end.
type buyer struct {
	proposal
	manager datatransfer.Manager
	key     *secp256k1.PrivateKey
	channel []byte
	lane    int64

	accepted, last bool
	nonce          int64
	current        uint64 // the limit that the next payment is for
	paid           *big.Int
	seen           int // results of the transfer looked at
}

func (b *buyer) open(ctx context.Context) (datatransfer.ChannelID, party, error) {
	b.current = b.next(0)
	b.paid = new(big.Int)
	voucher, err := b.proposal.node()
	if err != nil {
		return datatransfer.ChannelID{}, nil, err
	}
	channel, err := b.manager.OpenPullDataChannel(ctx, other, voucher, b.root,
		selectorparse.CommonSelector_ExploreAllRecursively)
	return channel, b, err
}

func (b *buyer) pay(ctx context.Context, channel datatransfer.ChannelID, amount *big.Int) error {
	if amount.Cmp(b.paid) <= 0 {
		return nil
	}
	p := payment{b.id, voucher{channel: b.channel, lane: b.lane, nonce: b.nonce + 1, amount: amount}}
	if err := p.sign(b.key); err != nil {
		return err
	}
	typed, err := p.node()
	if err != nil {
		return err
	}
	b.nonce++
	b.paid = amount
	say("paid %s afil in all, nonce %d", b.paid, b.nonce)
	return b.manager.SendVoucher(ctx, channel, typed)
}

func (b *buyer) takeResult(v datatransfer.TypedVoucher) error {
	r, err := parseResponse(v)
	if err != nil {
		return err
	}
	if r.id != b.id {
		return fmt.Errorf("an answer for deal %d", r.id)
	}
	switch r.status {
	case statusAccepted:
		b.accepted = true
	case statusFundsNeeded:
	case statusLastPayment:
		b.last = true
	case statusCompleted:
	default:
		return fmt.Errorf("deal status %d: %s", r.status, r.message)
	}
	return nil
}

func (b *buyer) step(ctx context.Context, e datatransfer.Event, s datatransfer.ChannelState) (bool, error) {
	results := s.VoucherResults()
	for ; b.seen < len(results); b.seen++ {
		if err := b.takeResult(results[b.seen]); err != nil {
			return false, err
		}
	}
	for b.accepted && s.Received() >= b.current {
		due := b.cost(b.current)
		b.current = b.next(b.current)
		if err := b.pay(ctx, s.ChannelID(), due); err != nil {
			return false, err
		}
	}
	if b.last && s.Status() == datatransfer.ResponderFinalizingTransferFinished {
		if err := b.pay(ctx, s.ChannelID(), b.cost(s.Received())); err != nil {
			return false, err
		}
	}
	switch s.Status() {
	case datatransfer.Completed:
		if !b.accepted {
			return false, errors.New("completed without having been accepted")
		}
		say("completed: %d bytes received, %s afil paid", s.Received(), b.paid)
		return true, nil
	case datatransfer.Failed, datatransfer.Cancelled:
		return false, fmt.Errorf("the transfer ended: %s", s.Message())
	}
	return false, nil
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "peer: "+format+"\n", args...) }
