package main

import (
	"encoding/binary"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/ipfs/go-graphsync"
	gsmessage "github.com/ipfs/go-graphsync/message"
	"github.com/ipfs/go-graphsync/metadata"
	"github.com/ipld/go-ipld-prime"
	cidlink "github.com/ipld/go-ipld-prime/linking/cid"
)

// The graphsync of the original has messages in protobuf, with numbers for requests. Here they are read and written as
// messages of graphsync 2.0: the same parts in CBOR, with ids of 16 bytes.

const responseMetadata = "graphsync/response-metadata"

var extensions = []graphsync.ExtensionName{"fil/data-transfer/1.1", "fil/data-transfer/incoming-request/1.1",
	"fil/data-transfer/outgoing-block/1.1", graphsync.ExtensionDeDupByKey, graphsync.ExtensionDoNotSendCIDs}

// ids are the requests of both sides: their numbers here, and their ids on the wire.
type ids struct {
	wire map[graphsync.RequestID][16]byte
	here map[[16]byte]graphsync.RequestID
	seed [12]byte
}

func newIDs(seed string) *ids {
	i := &ids{wire: map[graphsync.RequestID][16]byte{}, here: map[[16]byte]graphsync.RequestID{}}
	copy(i.seed[:], seed)
	return i
}

func (i *ids) pair(here graphsync.RequestID, wire [16]byte) {
	i.wire[here], i.here[wire] = wire, here
}

func (i *ids) out(here graphsync.RequestID) item {
	wire, ok := i.wire[here]
	if !ok {
		copy(wire[:], i.seed[:])
		binary.BigEndian.PutUint32(wire[12:], uint32(here))
		wire[6], wire[8] = wire[6]&0x0f|0x40, wire[8]&0x3f|0x80
		i.pair(here, wire)
	}
	return byteString(wire[:])
}

func (i *ids) in(n ipld.Node) (graphsync.RequestID, error) {
	var wire [16]byte
	b, err := n.AsBytes()
	copy(wire[:], b)
	here, ok := i.here[wire]
	if !ok {
		here = graphsync.RequestID(1000000 + len(i.here)) // the numbers that go-graphsync gives are small
		i.pair(here, wire)
	}
	return here, err
}

func putExtensions(entries map[string]item, get func(graphsync.ExtensionName) ([]byte, bool)) error {
	found := map[string]item{}
	for _, name := range extensions {
		value, ok := get(name)
		if !ok {
			continue
		}
		value, err := sorted(value)
		if err != nil {
			return err
		}
		found[string(name)] = value
	}
	if len(found) != 0 {
		entries["ext"] = dict(found)
	}
	return nil
}

func (i *ids) putRequest(r gsmessage.GraphSyncRequest) (item, error) {
	entries := map[string]item{"id": i.out(r.ID()), "type": text("n")}
	switch {
	case r.IsCancel():
		entries["type"] = text("c")
	case r.IsUpdate():
		entries["type"] = text("u")
	default:
		entries["root"] = link(cidlink.Link{Cid: r.Root()})
		entries["sel"] = encode(r.Selector())
		entries["pri"] = number(int64(r.Priority()))
	}
	err := putExtensions(entries, r.Extension)
	return dict(entries), err
}

func (i *ids) putResponse(r gsmessage.GraphSyncResponse) (item, error) {
	entries := map[string]item{"reqid": i.out(r.RequestID()), "stat": number(int64(r.Status()))}
	if encoded, ok := r.Extension(responseMetadata); ok {
		links, err := metadata.DecodeMetadata(encoded)
		if err != nil {
			return nil, err
		}
		var pairs []item
		for _, l := range links {
			present := "m"
			if l.BlockPresent {
				present = "p"
			}
			pairs = append(pairs, list([]item{link(cidlink.Link{Cid: l.Link}), text(present)}))
		}
		if len(pairs) != 0 {
			entries["meta"] = list(pairs)
		}
	}
	err := putExtensions(entries, r.Extension)
	return dict(entries), err
}

// outMessage writes a message for the wire.
func (i *ids) outMessage(m gsmessage.GraphSyncMessage) (item, error) {
	var requests, responses, parts []item
	for _, r := range m.Requests() {
		one, err := i.putRequest(r)
		if err != nil {
			return nil, err
		}
		requests = append(requests, one)
	}
	for _, r := range m.Responses() {
		one, err := i.putResponse(r)
		if err != nil {
			return nil, err
		}
		responses = append(responses, one)
	}
	for _, b := range m.Blocks() {
		parts = append(parts, list([]item{byteString(b.Cid().Prefix().Bytes()), byteString(b.RawData())}))
	}
	entries := map[string]item{}
	for name, items := range map[string][]item{"req": requests, "rsp": responses, "blk": parts} {
		if len(items) != 0 {
			entries[name] = list(items)
		}
	}
	return dict(map[string]item{"gs2": dict(entries)}), nil
}

func eachExtension(n ipld.Node, f func(graphsync.ExtensionData)) {
	if n == nil {
		return
	}
	for i := n.MapIterator(); !i.Done(); {
		key, value, _ := i.Next()
		name, _ := key.AsString()
		f(graphsync.ExtensionData{Name: graphsync.ExtensionName(name), Data: encode(value)})
	}
}

func (i *ids) takeRequest(b *gsmessage.Builder, n ipld.Node) error {
	id, err := i.in(field(n, "id"))
	if err != nil {
		return err
	}
	kind, err := field(n, "type").AsString()
	if err != nil || kind == "c" {
		b.AddRequest(gsmessage.CancelRequest(id))
		return err
	}
	root, err := field(n, "root").AsLink()
	if err != nil {
		return err
	}
	var with []graphsync.ExtensionData
	eachExtension(field(n, "ext"), func(e graphsync.ExtensionData) { with = append(with, e) })
	b.AddRequest(gsmessage.NewRequest(id, root.(cidlink.Link).Cid, field(n, "sel"), 0, with...))
	return nil
}

func (i *ids) takeResponse(b *gsmessage.Builder, n ipld.Node) error {
	id, err := i.in(field(n, "reqid"))
	if err != nil {
		return err
	}
	status, err := field(n, "stat").AsInt()
	if err != nil {
		return err
	}
	eachExtension(field(n, "ext"), func(e graphsync.ExtensionData) { b.AddExtensionData(id, e) })
	err = each(field(n, "meta"), func(pair ipld.Node) error {
		l, err := pair.LookupByIndex(0)
		if err != nil {
			return err
		}
		to, err := l.AsLink()
		if err != nil {
			return err
		}
		kind, err := pair.LookupByIndex(1)
		if err != nil {
			return err
		}
		what, err := kind.AsString()
		b.AddLink(id, to, what == "p" || what == "d")
		return err
	})
	b.AddResponseCode(id, graphsync.ResponseStatusCode(status))
	return err
}

func takeBlock(b *gsmessage.Builder, n ipld.Node) error {
	var parts [2][]byte
	for i := range parts {
		part, err := n.LookupByIndex(i)
		if err != nil {
			return err
		}
		if parts[i], err = part.AsBytes(); err != nil {
			return err
		}
	}
	prefix, err := cid.PrefixFromBytes(parts[0])
	if err != nil {
		return err
	}
	id, err := prefix.Sum(parts[1])
	if err != nil {
		return err
	}
	block, err := blocks.NewBlockWithCid(parts[1], id)
	if err == nil {
		b.AddBlock(block)
	}
	return err
}

// inMessage reads the value of "gs2".
func (i *ids) inMessage(n ipld.Node) (gsmessage.GraphSyncMessage, error) {
	b := gsmessage.NewBuilder(0)
	err := each(field(n, "req"), func(r ipld.Node) error { return i.takeRequest(b, r) })
	if err == nil {
		err = each(field(n, "rsp"), func(r ipld.Node) error { return i.takeResponse(b, r) })
	}
	if err == nil {
		err = each(field(n, "blk"), func(r ipld.Node) error { return takeBlock(b, r) })
	}
	if err != nil {
		return gsmessage.GraphSyncMessage{}, err
	}
	return b.Build()
}
