package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	datatransfer "github.com/filecoin-project/go-data-transfer/v2"
	"github.com/ipld/go-ipld-prime/datamodel"
)

// buyer pays what it has received, at the intervals and at the end.
type buyer struct {
	proposal
	manager datatransfer.Manager
	key     *secp256k1.PrivateKey
	channel []byte
	lane    int64

	accepted, ending bool
	nonce            int64
	current          uint64 // the limit that the next payment is for
	paid             *big.Int
	last             *datatransfer.TypedVoucher // the last payment, to be sent again if it got lost
	lost             bool                       // it may have got lost
	seen             int                        // results of the transfer looked at
	trouble          *trouble
	selector         datamodel.Node
	refused          bool // the request is one that is to be refused
}

func (b *buyer) open(ctx context.Context) (datatransfer.ChannelID, party, error) {
	b.current = b.next(0)
	b.paid = new(big.Int)
	voucher, err := b.proposal.node()
	if err != nil {
		return datatransfer.ChannelID{}, nil, err
	}
	channel, err := b.manager.OpenPullDataChannel(ctx, other, voucher, b.root, b.selector)
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
	b.paid, b.last = amount, &typed
	say("paid %s afil in all, nonce %d", b.paid, b.nonce)
	return b.manager.SendVoucher(ctx, channel, typed)
}

// payAgain sends the last payment again, once the restart is accepted: it may have got lost with the connection.
func (b *buyer) payAgain(ctx context.Context, channel datatransfer.ChannelID) error {
	if b.last == nil || !b.lost {
		return nil
	}
	b.lost = false
	say("paid %s afil in all, once more", b.paid)
	return b.manager.SendVoucher(ctx, channel, *b.last)
}

func (b *buyer) takeResult(ctx context.Context, channel datatransfer.ChannelID, v datatransfer.TypedVoucher) error {
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
		return b.payAgain(ctx, channel)
	case statusFundsNeeded:
	case statusLastPayment:
		b.ending = true
	case statusCompleted:
	default:
		return fmt.Errorf("deal status %d: %s", r.status, r.message)
	}
	return nil
}

func (b *buyer) step(ctx context.Context, e datatransfer.Event, s datatransfer.ChannelState) (bool, error) {
	done, err := b.look(ctx, s)
	if b.refused && err != nil {
		say("refused, as it should be: %s", err)
		return true, nil
	}
	if done && b.refused {
		return true, errors.New("a request that is to be refused was not")
	}
	if !done && err == nil {
		err = b.trouble.at(ctx, b.manager, s.ChannelID(), s.Received())
	}
	return done, err
}

func (b *buyer) look(ctx context.Context, s datatransfer.ChannelState) (bool, error) {
	results := s.VoucherResults()
	for ; b.seen < len(results); b.seen++ {
		if err := b.takeResult(ctx, s.ChannelID(), results[b.seen]); err != nil {
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
	if b.ending && s.Status() == datatransfer.ResponderFinalizingTransferFinished {
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
