package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"

	datatransfer "github.com/filecoin-project/go-data-transfer/v2"
	"github.com/ipfs/go-cid"
	"github.com/ipld/go-ipld-prime/datamodel"
	"github.com/libp2p/go-libp2p/core/peer"
)

// seller pauses at each interval until all up to it is paid for.
type seller struct {
	ask     terms
	root    cid.Cid
	manager datatransfer.Manager
	from    []byte // whose vouchers count
	channel []byte // through which channel

	deal           *proposal
	limit          uint64 // where sending stops
	paid           *big.Int
	lane, nonce    int64
	seen           int // vouchers of the transfer looked at
	asked, settled bool
	trouble        *trouble
	stream         *stream
	restarted      bool
}

func (s *seller) answer(status int64, owed *big.Int, message string) *datatransfer.TypedVoucher {
	r := response{status, s.deal.id, owed, message}
	v, err := r.node()
	if err != nil {
		panic(err)
	}
	return &v
}

func (s *seller) result(v *datatransfer.TypedVoucher) datatransfer.ValidationResult {
	r := datatransfer.ValidationResult{Accepted: true, VoucherResult: v, RequiresFinalization: !s.settled}
	if s.deal.price.Sign() > 0 {
		r.DataLimit = s.limit
	}
	return r
}

func (s *seller) ValidatePull(_ datatransfer.ChannelID, _ peer.ID, voucher datamodel.Node, base cid.Cid,
	_ datamodel.Node) (datatransfer.ValidationResult, error) {
	p, err := parseProposal(voucher)
	if err != nil {
		return datatransfer.ValidationResult{}, err
	}
	s.deal = p
	s.paid = new(big.Int)
	refuse := func(why string) (datatransfer.ValidationResult, error) {
		say("rejected: %s", why)
		return datatransfer.ValidationResult{VoucherResult: s.answer(statusRejected, new(big.Int), why)}, nil
	}
	switch {
	case !p.root.Equals(s.root) || !base.Equals(s.root):
		return refuse("this content is not here")
	case p.price.Cmp(s.ask.price) < 0:
		return refuse("price too low")
	case p.interval == 0 || p.interval > s.ask.interval || p.increase > s.ask.increase:
		return refuse("interval too large")
	}
	s.limit = p.next(0)
	say("accepted deal %d", p.id)
	return s.result(s.answer(statusAccepted, new(big.Int), "")), nil
}

func (s *seller) credit(v datatransfer.TypedVoucher) error {
	p, err := parsePayment(v)
	if err != nil {
		return err
	}
	signer, err := p.signer()
	switch {
	case err != nil:
		return err
	case p.id != s.deal.id:
		return fmt.Errorf("a payment for deal %d", p.id)
	case !bytes.Equal(p.channel, s.channel):
		return errors.New("a payment through another channel")
	case !bytes.Equal(signer, s.from):
		return errors.New("a payment that someone else signed")
	case s.nonce != 0 && p.lane != s.lane:
		return errors.New("a payment on another lane")
	case p.nonce == s.nonce && p.amount.Cmp(s.paid) == 0:
		say("heard again of %s afil in all, nonce %d", s.paid, s.nonce)
		return nil
	case p.nonce <= s.nonce || p.amount.Cmp(s.paid) <= 0:
		return errors.New("a payment that is not more than the last")
	}
	s.lane, s.nonce, s.paid = p.lane, p.nonce, p.amount
	say("credited %s afil in all, nonce %d", s.paid, s.nonce)
	return nil
}

// restart lets the transfer go on from where it stands. What was queued may have got lost with a connection, and is sent
// again: go-data-transfer would pause before that, because it counts it as queued, so the limit moves on.
func (s *seller) restart(c datatransfer.ChannelState) (datatransfer.ValidationResult, error) {
	say("restarted at %d bytes queued", c.Queued())
	s.asked = false
	s.restarted = true
	if c.Queued() >= s.limit {
		s.limit = s.deal.next(s.limit)
	}
	return s.result(s.answer(statusAccepted, new(big.Int), "")), nil
}

func (s *seller) step(ctx context.Context, e datatransfer.Event, c datatransfer.ChannelState) (bool, error) {
	done, err := s.look(ctx, c)
	if !done && err == nil {
		err = s.trouble.at(ctx, s.manager, c.ChannelID(), c.Queued())
	}
	return done, err
}

func (s *seller) look(ctx context.Context, c datatransfer.ChannelState) (bool, error) {
	vouchers := c.Vouchers()
	if s.seen == 0 {
		s.seen = 1 // the proposal
	}
	for ; s.seen < len(vouchers); s.seen++ {
		if err := s.credit(vouchers[s.seen]); err != nil {
			return false, err
		}
	}
	finalizing := c.Status() == datatransfer.Finalizing
	switch {
	case c.Status() == datatransfer.Completed:
		say("completed: %d bytes sent, %s afil received", c.Queued(), s.paid)
		return true, nil
	case c.Status() == datatransfer.Failed || c.Status() == datatransfer.Cancelled:
		return false, fmt.Errorf("the transfer ended: %s", c.Message())
	case s.settled:
		return false, nil
	case finalizing || c.Queued() >= s.limit && s.deal.price.Sign() > 0 && c.ResponderPaused():
		return false, s.askOrGoOn(ctx, c, finalizing)
	}
	return false, nil
}

// askOrGoOn is for a transfer that stands still: it asks for what is owed, once, and resumes when that is paid.
func (s *seller) askOrGoOn(ctx context.Context, c datatransfer.ChannelState, finalizing bool) error {
	status, due := int64(statusFundsNeeded), s.deal.cost(s.limit)
	if finalizing {
		status, due = statusLastPayment, s.deal.cost(c.Queued())
	}
	if s.paid.Cmp(due) >= 0 {
		s.asked = false
		var answer *datatransfer.TypedVoucher
		if finalizing {
			s.settled = true
			answer = s.answer(statusCompleted, new(big.Int), "")
		} else {
			s.limit = s.deal.next(s.limit)
		}
		return s.manager.UpdateValidationStatus(ctx, c.ChannelID(), s.result(answer))
	}
	if s.asked || !finalizing && (c.Sent() < c.Queued() || s.restarted && !s.stream.quiet()) {
		// The question is a message of its own: sent at once, it would overtake the blocks that it is about, which
		// wait in go-graphsync's queue. Our tools take a stream as it comes, and would not pay for what is not there.
		// Blocks that are sent once more after a restart do not count in Sent.
		return nil
	}
	s.asked = true
	owed := new(big.Int).Sub(s.deal.cost(c.Queued()), s.paid)
	say("%d bytes queued, asking for %s afil", c.Queued(), owed)
	return s.manager.SendVoucherResult(ctx, c.ChannelID(), *s.answer(status, owed, ""))
}
