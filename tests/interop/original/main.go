// original is the original as the other side of deals: its retrieval manager, on go-data-transfer v1 and go-graphsync
// 0.6. Its network is a stream of frames, as that of the other peer. What it does, it says on standard error.
// Exit 0: the deal is complete; 1: it failed, and why.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/filecoin-project/go-address"
	datatransfer "github.com/filecoin-project/go-data-transfer"
	dtimpl "github.com/filecoin-project/go-data-transfer/impl"
	dtgraphsync "github.com/filecoin-project/go-data-transfer/transport/graphsync"
	"github.com/filecoin-project/go-multistore"
	"github.com/filecoin-project/go-state-types/big"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/namespace"
	dssync "github.com/ipfs/go-datastore/sync"
	gsimpl "github.com/ipfs/go-graphsync/impl"
	blockstore "github.com/ipfs/go-ipfs-blockstore"
	"github.com/ipld/go-ipld-prime"
	cidlink "github.com/ipld/go-ipld-prime/linking/cid"
	"github.com/myelnet/pop/retrieval"
	"github.com/myelnet/pop/retrieval/client"
	"github.com/myelnet/pop/retrieval/deal"
	"github.com/myelnet/pop/retrieval/provider"
	"github.com/myelnet/pop/selectors"
)

type options struct {
	role, car, root, channel, clientKey, providerKey string
	listen, via                                      string
	restartAt, hangUpAt                              uint64
	price                                            int64
	timeout                                          time.Duration
}

func parseOptions() (o options) {
	flag.StringVar(&o.role, "role", "", "client or provider")
	flag.StringVar(&o.car, "car", "", "provider: the content; client: where it goes")
	flag.StringVar(&o.root, "root", "", "the root of the content")
	flag.StringVar(&o.channel, "channel", "", "address of the payment channel")
	flag.StringVar(&o.clientKey, "client-key", "", "the key that pays, in hex")
	flag.StringVar(&o.providerKey, "provider-key", "", "the key that is paid, in hex")
	flag.StringVar(&o.listen, "listen", "", "a socket, at which one connection after another is taken, until a signal")
	flag.StringVar(&o.via, "via", "", "a command that is the other side; it is begun again when it ends too early")
	flag.Uint64Var(&o.restartAt, "restart-at", 0, "restart the transfer once, after so many bytes")
	flag.Uint64Var(&o.hangUpAt, "hang-up-at", 0, "end the connection once, after so many bytes; the command is killed")
	flag.Int64Var(&o.price, "price", 2, "attoFIL per byte")
	flag.DurationVar(&o.timeout, "timeout", time.Minute, "how long the deal may take")
	flag.Parse()
	return o
}

func say(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, "original: "+format+"\n", args...)
}

// offer is the provider's one offer, for whatever it has.
type offer struct{ deal.Offer }

func (o offer) SetOfferForCid(cid.Cid, deal.Offer) error { return nil }
func (o offer) GetOfferForCid(cid.Cid) deal.Offer        { return o.Offer }

// node is all of the original that takes part in a deal.
type node struct {
	*options
	chain       *chain
	blocks      blockstore.Blockstore
	stores      *multistore.MultiStore
	stream      *stream
	transfers   datatransfer.Manager
	retrieval   retrieval.Manager
	connections connections
	channel     datatransfer.ChannelID
	ended       chan error
	troubled    struct{ restart, hangUp bool }
}

func (n *node) load(l ipld.Link, _ ipld.LinkContext) (io.Reader, error) {
	b, err := n.blocks.Get(l.(cidlink.Link).Cid)
	if err != nil {
		return nil, err
	}
	return bytes.NewReader(b.RawData()), nil
}

func (n *node) keep(ipld.LinkContext) (io.Writer, ipld.StoreCommitter, error) {
	var data bytes.Buffer
	return &data, func(l ipld.Link) error {
		b, err := blocks.NewBlockWithCid(data.Bytes(), l.(cidlink.Link).Cid)
		if err != nil {
			return err
		}
		return n.blocks.Put(b)
	}, nil
}

func newNode(ctx context.Context, o *options) (*node, error) {
	payments, chain, err := newPayments(ctx, o)
	if err != nil {
		return nil, err
	}
	data := dssync.MutexWrap(datastore.NewMapDatastore())
	n := &node{options: o, chain: chain, blocks: blockstore.NewBlockstore(data), ended: make(chan error, 64),
		stream: newStream(newIDs(o.role + " of old"))}
	if n.stores, err = multistore.NewMultiDstore(data); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "original")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if o.role == "client" { // what was read ahead must not hold the next request for payment: see tests/interop/run
		n.stream.cutAt = o.hangUpAt
		n.stream.cut = func() {
			say("hanging up at %d bytes", o.hangUpAt)
			n.connections.hangUp()
		}
	}
	exchange := gsimpl.New(ctx, gsStream{n.stream}, n.load, n.keep)
	n.transfers, err = dtimpl.NewDataTransfer(namespace.Wrap(data, datastore.NewKey("transfers")), folder,
		dtStream{n.stream}, dtgraphsync.NewTransport(self, exchange))
	if err != nil {
		return nil, err
	}
	ready := make(chan error, 1)
	n.transfers.OnReady(func(err error) { ready <- err })
	if err := errors.Join(n.transfers.Start(ctx), <-ready); err != nil {
		return nil, err
	}
	n.retrieval, err = retrieval.New(ctx, n.stores, data, payments, n.transfers, offer{deal.Offer{
		MinPricePerByte: big.NewInt(o.price), MaxPaymentInterval: 1 << 20, MaxPaymentIntervalIncrease: 1 << 20,
		UnsealPrice: big.Zero()}}, self)
	n.stream.gs.Connected(other)
	return n, err
}

// at lets happen what is to happen once a transfer has come so far.
func (n *node) at(bytes uint64) {
	if n.hangUpAt != 0 && bytes >= n.hangUpAt && !n.troubled.hangUp && n.role == "provider" {
		n.troubled.hangUp = true
		say("hanging up at %d bytes", bytes)
		go n.connections.hangUp()
	}
	if n.restartAt != 0 && bytes >= n.restartAt && !n.troubled.restart {
		n.troubled.restart = true
		go n.restart()
	}
}

func (n *node) restart() {
	say("restarting")
	if err := n.transfers.RestartDataTransferChannel(context.Background(), n.channel); err != nil {
		say("not restarted: %s", err)
	}
}

func (n *node) sell() error {
	if err := n.readCar(); err != nil {
		return err
	}
	credited := big.Zero()
	n.retrieval.Provider().SubscribeToEvents(func(_ provider.Event, s deal.ProviderState) {
		n.channel = s.ChannelID
		if s.FundsReceived.GreaterThan(credited) {
			credited = s.FundsReceived
			say("credited %s afil in all", credited)
		}
		n.at(s.TotalSent)
		n.judge(s.Status, s.Message, s.TotalSent, s.FundsReceived)
	})
	return nil
}

func (n *node) judge(status deal.Status, message string, bytes uint64, funds big.Int) {
	switch status {
	case deal.StatusCompleted:
		say("completed: %d bytes, %s afil", bytes, funds)
		n.ended <- nil
	case deal.StatusErrored, deal.StatusCancelled, deal.StatusRejected, deal.StatusDealNotFound:
		n.ended <- fmt.Errorf("the deal ended: %s: %s", deal.Statuses[status], message)
	}
}

func (n *node) buy(ctx context.Context) (multistore.StoreID, error) {
	root, err := cid.Decode(n.root)
	if err != nil {
		return 0, err
	}
	n.retrieval.Client().SubscribeToEvents(func(_ client.Event, s deal.ClientState) {
		n.channel = s.ChannelID
		n.at(s.TotalReceived)
		n.judge(s.Status, s.Message, s.TotalReceived, s.FundsSpent)
	})
	terms, err := deal.NewParams(big.NewInt(n.price), 1<<20, 1<<20, selectors.All(), nil, big.Zero())
	if err != nil {
		return 0, err
	}
	store := n.stores.Next()
	_, err = n.retrieval.Client().Retrieve(ctx, root, terms, big.NewInt(1<<40), other, n.chain.from, n.chain.to, &store)
	return store, err
}

func readPiece(r *bufio.Reader) ([]byte, error) {
	length, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	piece := make([]byte, length)
	_, err = io.ReadFull(r, piece)
	return piece, err
}

func (n *node) readCar() error {
	f, err := os.Open(n.car)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	_, err = readPiece(r)
	for err == nil {
		var piece []byte
		if piece, err = readPiece(r); err != nil {
			break
		}
		length, id, err := cid.CidFromBytes(piece)
		if err != nil {
			return err
		}
		b, err := blocks.NewBlockWithCid(piece[length:], id)
		if err != nil {
			return err
		}
		if err := n.blocks.Put(b); err != nil {
			return err
		}
	}
	if err == io.EOF {
		return nil
	}
	return err
}

// writeCar writes the blocks below the root in the order of the walk, each once.
func (n *node) writeCar(ctx context.Context, id multistore.StoreID) error {
	store, err := n.stores.Get(id)
	if err != nil {
		return err
	}
	root, err := cid.Decode(n.root)
	if err != nil {
		return err
	}
	f, err := os.Create(n.car)
	if err != nil {
		return err
	}
	put := func(parts ...[]byte) {
		piece := bytes.Join(parts, nil)
		f.Write(binary.AppendUvarint(nil, uint64(len(piece))))
		f.Write(piece)
	}
	put(dict(map[string]item{"roots": list([]item{link(cidlink.Link{Cid: root})}), "version": number(1)}))
	seen := map[cid.Cid]bool{}
	var walk func(cid.Cid) error
	walk = func(id cid.Cid) error {
		if seen[id] {
			return nil
		}
		seen[id] = true
		b, err := store.Bstore.Get(id)
		if err != nil {
			return err
		}
		put(id.Bytes(), b.RawData())
		below, err := store.DAG.Get(ctx, id)
		if err != nil {
			return err
		}
		for _, l := range below.Links() {
			if err := walk(l.Cid); err != nil {
				return err
			}
		}
		return nil
	}
	return errors.Join(walk(root), f.Close())
}

func run(o *options) error {
	ctx, cancel := context.WithTimeout(context.Background(), o.timeout)
	defer cancel()
	n, err := newNode(ctx, o)
	if err != nil {
		return err
	}
	if n.connections, err = o.connections(); err != nil {
		return err
	}
	if o.role == "provider" {
		if err := n.sell(); err != nil {
			return err
		}
	}
	_, n.stream.lasting = n.connections.(*standard)
	first, err := n.connections.next()
	if err != nil {
		return err
	}
	n.stream.attach(first)
	again := make(chan struct{}, 64)
	gone := make(chan error, 1)
	go func() { gone <- n.stream.pumpAll(first, n.connections, again) }()
	var store multistore.StoreID
	if o.role == "client" {
		if store, err = n.buy(ctx); err != nil {
			return err
		}
	}
	if err := n.follow(ctx, again, gone); err != nil {
		return err
	}
	if o.listen != "" {
		<-ctx.Done() // who was killed before the last answer may come again: until a signal
		return nil
	}
	defer n.connections.close()
	time.Sleep(200 * time.Millisecond) // the last answer is on its way
	if o.role == "client" {
		return n.writeCar(ctx, store)
	}
	return nil
}

// follow waits for the end of the deal. A client restarts its transfer on each new connection.
func (n *node) follow(ctx context.Context, again <-chan struct{}, gone <-chan error) error {
	for {
		select {
		case err := <-n.ended:
			return err
		case <-again:
			if n.role == "client" {
				n.restart()
			}
		case err := <-gone:
			select {
			case err := <-n.ended:
				return err
			case <-time.After(2 * time.Second):
				return fmt.Errorf("the stream ended before the deal: %w", err)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func main() {
	address.CurrentNetwork = address.Mainnet
	o := parseOptions()
	if err := run(&o); err != nil {
		say("%s", err)
		os.Exit(1)
	}
}
