package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	datatransfer "github.com/filecoin-project/go-data-transfer/v2"
	"github.com/ipfs/go-cid"
	"github.com/ipld/go-ipld-prime/datamodel"
	"github.com/libp2p/go-libp2p/core/peer"
)

// group is several deals over one stream, each with a party of its own.
type group struct {
	mu        sync.Mutex
	deals     map[datatransfer.TransferID]party
	channels  map[datatransfer.ChannelID]bool // of a client
	restarted map[datatransfer.ChannelID]bool // of a provider
	left      int                             // deals that are not over
	sells     func(root cid.Cid) *seller      // makes the party for a proposal; a provider's group has that
	opened    []func(context.Context) (datatransfer.ChannelID, party, error)
}

func newGroup(count int) *group {
	return &group{deals: map[datatransfer.TransferID]party{}, channels: map[datatransfer.ChannelID]bool{},
		restarted: map[datatransfer.ChannelID]bool{}, left: count}
}

// open begins all deals of a client at once.
func (g *group) open(ctx context.Context) error {
	for _, open := range g.opened {
		channel, p, err := open(ctx)
		if err != nil {
			return err
		}
		g.mu.Lock()
		g.deals[channel.ID] = p
		g.channels[channel] = true
		g.mu.Unlock()
	}
	return nil
}

func (g *group) of(channel datatransfer.ChannelID) party {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.deals[channel.ID]
}

func (g *group) step(ctx context.Context, e datatransfer.Event, s datatransfer.ChannelState) (bool, error) {
	p := g.of(s.ChannelID())
	if p == nil {
		return false, nil
	}
	done, err := p.step(ctx, e, s)
	if done {
		g.mu.Lock()
		delete(g.deals, s.ChannelID().ID)
		g.left--
		g.mu.Unlock()
	}
	return g.left == 0, err
}

// lookAgain lets sellers whose transfers were restarted look at them though nothing has happened.
func (g *group) lookAgain(ctx context.Context, m datatransfer.Manager) (bool, error) {
	g.mu.Lock()
	channels := slices.Collect(maps.Keys(g.restarted))
	g.mu.Unlock()
	for _, channel := range channels {
		s, err := m.ChannelState(ctx, channel)
		if err != nil {
			continue // a restart of what has ended
		}
		if done, err := g.step(ctx, datatransfer.Event{}, s); done || err != nil {
			return done, err
		}
	}
	return false, nil
}

func (g *group) ValidatePull(channel datatransfer.ChannelID, from peer.ID, voucher datamodel.Node, base cid.Cid,
	selector datamodel.Node) (datatransfer.ValidationResult, error) {
	s := g.sells(base)
	if s == nil {
		return datatransfer.ValidationResult{}, errors.New("this content is not here")
	}
	g.mu.Lock()
	g.deals[channel.ID] = s
	g.mu.Unlock()
	return s.ValidatePull(channel, from, voucher, base, selector)
}

func (g *group) ValidatePush(datatransfer.ChannelID, peer.ID, datamodel.Node, cid.Cid,
	datamodel.Node) (datatransfer.ValidationResult, error) {
	return datatransfer.ValidationResult{}, errors.New("no pushes accepted")
}

func (g *group) ValidateRestart(channel datatransfer.ChannelID,
	c datatransfer.ChannelState) (datatransfer.ValidationResult, error) {
	s, ok := g.of(channel).(*seller)
	if !ok {
		return datatransfer.ValidationResult{}, errors.New("no transfer that can be restarted")
	}
	g.mu.Lock()
	g.restarted[channel] = true
	g.mu.Unlock()
	return s.restart(c)
}

// restart goes on with all deals that are not over, over a new connection.
func (g *group) restart(ctx context.Context, m datatransfer.Manager) {
	g.mu.Lock()
	channels := maps.Keys(g.channels)
	g.mu.Unlock()
	for channel := range channels {
		b, ok := g.of(channel).(*buyer)
		if !ok {
			continue
		}
		b.lost = true
		say("restarting transfer %d", channel.ID)
		if err := m.RestartDataTransferChannel(ctx, channel); err != nil {
			say("not restarted: %s", err) // it has ended since: its last event is on its way
		}
	}
}
