// peer is the other side of deals, on today's go-graphsync and go-data-transfer v2: a client for our provider, or a
// provider for our client. Its network is a stream of frames on standard input and one on standard output, as in
// PROTOCOL section 1. What it does, it says on standard error. Exit 0: all completed; 1: one failed, and why.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"time"

	datatransfer "github.com/filecoin-project/go-data-transfer/v2"
	dtimpl "github.com/filecoin-project/go-data-transfer/v2/impl"
	dtgraphsync "github.com/filecoin-project/go-data-transfer/v2/transport/graphsync"
	"github.com/ipfs/go-cid"
	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	gsimpl "github.com/ipfs/go-graphsync/impl"
	_ "github.com/ipld/go-codec-dagpb"
	_ "github.com/ipld/go-ipld-prime/codec/raw"
	selectorparse "github.com/ipld/go-ipld-prime/traversal/selector/parse"
)

// party is a client or a provider: it looks at each event of the transfer, one after another.
type party interface {
	step(context.Context, datatransfer.Event, datatransfer.ChannelState) (done bool, err error)
}

type event struct {
	datatransfer.Event
	datatransfer.ChannelState
}

type options struct {
	role, car, root, price, channel, key, client string
	listen, via                                  string
	restartAt, hangUpAt                          uint64
	lose                                         int
	oddFirst                                     bool
	interval, increase                           uint64
	id, lane                                     int64
	timeout, slow                                time.Duration
	text                                         bool
}

func parseOptions() (o options) {
	flag.StringVar(&o.role, "role", "", "client, provider, or wire: a connection to the socket of another one")
	flag.StringVar(&o.car, "car", "", "provider: the contents, with commas between; client: where all blocks go")
	flag.StringVar(&o.root, "root", "", "the roots of the contents, with commas between: a deal for each")
	flag.StringVar(&o.price, "price", "2", "attoFIL per byte")
	flag.Uint64Var(&o.interval, "interval", 1<<20, "first payment interval")
	flag.Uint64Var(&o.increase, "increase", 1<<20, "growth of the interval")
	flag.StringVar(&o.channel, "channel", "", "address of the payment channel")
	flag.StringVar(&o.key, "key", "", "client: the key that pays, in hex")
	flag.StringVar(&o.client, "client", "", "provider: the address that pays")
	flag.Int64Var(&o.id, "id", 1, "client: id of the first deal")
	flag.Int64Var(&o.lane, "lane", 0, "client: its lane of the channel")
	flag.DurationVar(&o.timeout, "timeout", time.Minute, "how long the deal may take")
	flag.DurationVar(&o.slow, "slow", 0, "how long each graphsync message takes, so that they gather")
	flag.BoolVar(&o.text, "text", false, "frames out as lines of base64url")
	flag.StringVar(&o.listen, "listen", "", "a socket, at which one connection after another is taken, until a signal")
	flag.StringVar(&o.via, "via", "", "a command that is the other side; it is begun again when it ends too early")
	flag.Uint64Var(&o.restartAt, "restart-at", 0, "restart the transfer once, after so many bytes")
	flag.Uint64Var(&o.hangUpAt, "hang-up-at", 0, "end the connection once, after so many bytes; the command is killed")
	flag.IntVar(&o.lose, "lose", -1, "provider: lose the block with this number")
	flag.BoolVar(&o.oddFirst, "odd-first", false, "client: ask for the first content with a selector that is to be refused")
	flag.Parse()
	return o
}

func (o *options) roots() (roots []cid.Cid, err error) {
	for _, text := range strings.Split(o.root, ",") {
		root, err := cid.Decode(text)
		if err != nil {
			return nil, err
		}
		roots = append(roots, root)
	}
	return roots, nil
}

// party makes the side that was asked for, and what is to be done to begin.
func (o *options) party(m datatransfer.Manager, store *content, t *trouble, net *stream) (*group, func(context.Context) error, error) {
	price, ok := new(big.Int).SetString(o.price, 10)
	if !ok {
		return nil, nil, errors.New("the price is no number")
	}
	roots, err := o.roots()
	if err != nil {
		return nil, nil, err
	}
	g := newGroup(len(roots))
	var channel []byte
	if price.Sign() > 0 {
		if channel, err = parseAddress(o.channel); err != nil {
			return nil, nil, err
		}
	}
	ask := terms{price, o.interval, o.increase}
	switch o.role {
	case "client":
		key, err := parseKey(o.key)
		for i, root := range roots {
			b := &buyer{proposal: proposal{root, o.id + int64(i), ask}, manager: m, key: key, channel: channel,
				lane: o.lane + int64(i), trouble: t, selector: selectorparse.CommonSelector_ExploreAllRecursively}
			if o.oddFirst && i == 0 {
				b.selector, b.refused = selectorparse.CommonSelector_MatchChildren, true
			}
			g.opened = append(g.opened, b.open)
		}
		return g, g.open, err
	case "provider":
		from, err := parseAddress(o.client)
		g.sells = func(root cid.Cid) *seller {
			if !slices.Contains(roots, root) {
				return nil
			}
			return &seller{ask: ask, root: root, manager: m, from: from, channel: channel, trouble: t,
				stream: net}
		}
		begin := func(context.Context) error { return m.RegisterVoucherType(typeProposal, g) }
		for _, path := range strings.Split(o.car, ",") {
			err = errors.Join(err, store.readCar(path))
		}
		store.lose(o.lose)
		return g, begin, err
	}
	return nil, nil, errors.New("which role? client or provider")
}

func run(o options) error {
	ctx, cancel := context.WithTimeout(context.Background(), o.timeout)
	defer cancel()
	store := newContent()
	net := newStream(o.text)
	net.slow = o.slow
	connections, err := o.connections()
	if err != nil {
		return err
	}
	_, net.lasting = connections.(*standard)
	trouble := &trouble{restartAt: o.restartAt, hangUpAt: o.hangUpAt, connections: connections}
	exchange := gsimpl.New(ctx, gsStream{net}, store.system())
	manager, err := dtimpl.NewDataTransfer(dssync.MutexWrap(datastore.NewMapDatastore()), dtStream{net},
		dtgraphsync.NewTransport(self, exchange))
	if err != nil {
		return err
	}
	side, begin, err := o.party(manager, store, trouble, net)
	if err != nil {
		return err
	}
	ready := make(chan error, 1)
	manager.OnReady(func(err error) { ready <- err })
	events := make(chan event, 1<<16)
	manager.SubscribeToEvents(func(e datatransfer.Event, s datatransfer.ChannelState) { events <- event{e, s} })
	if err := errors.Join(manager.Start(ctx), <-ready); err != nil {
		return err
	}
	net.gs.Connected(other)
	ended := make(chan error, 1)
	again := make(chan struct{}, 64)
	first, err := connections.next()
	if err != nil {
		return err
	}
	net.attach(first)
	if err := begin(ctx); err != nil {
		return err
	}
	close(net.begun)
	go func() { ended <- net.pumpAll(first, connections, again) }()
	if err := follow(ctx, side, manager, events, again, ended); err != nil {
		return err
	}
	defer connections.close()
	time.Sleep(100 * time.Millisecond) // the last answer is on its way
	say("%d frames sent, %d received, at most %d deals in one", net.sent, net.received, net.most)
	if o.listen != "" {
		<-ctx.Done() // who was killed before the last answer may come again: until a signal
		return nil
	}
	if o.role == "client" {
		roots, _ := o.roots()
		return store.writeCar(o.car, roots[0])
	}
	return nil
}

// follow takes events until the deal is over. A stream that ends leaves 2 seconds for what came before its end.
func follow(ctx context.Context, side *group, m datatransfer.Manager, events <-chan event, again <-chan struct{},
	ended <-chan error) error {
	var late <-chan time.Time
	var why error
	look := time.NewTicker(50 * time.Millisecond) // what is sent is no event, if it is not a block
	defer look.Stop()
	for {
		select {
		case e := <-events:
			if done, err := side.step(ctx, e.Event, e.ChannelState); done || err != nil {
				return err
			}
		case <-look.C:
			if done, err := side.lookAgain(ctx, m); done || err != nil {
				return err
			}
		case <-again:
			side.restart(ctx, m)
		case why = <-ended:
			late = time.After(2 * time.Second)
			ended = nil
		case <-late:
			return fmt.Errorf("the stream ended before the deal: %w", why)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func main() {
	o := parseOptions()
	act := run
	if o.role == "wire" {
		act = wire
	}
	if err := act(o); err != nil {
		say("%s", err)
		os.Exit(1)
	}
}
