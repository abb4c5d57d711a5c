package main

import (
	"bytes"
	"fmt"
	"sort"

	"github.com/ipld/go-ipld-prime"
	"github.com/ipld/go-ipld-prime/codec/dagcbor"
	cidlink "github.com/ipld/go-ipld-prime/linking/cid"
	basicnode "github.com/ipld/go-ipld-prime/node/basic"
	cbg "github.com/whyrusleeping/cbor-gen"
)

// item is one encoded item of CBOR.
type item []byte

func head(major byte, n uint64) item {
	var b bytes.Buffer
	cbg.WriteMajorTypeHeaderBuf(make([]byte, 9), &b, major, n)
	return b.Bytes()
}

func number(n int64) item {
	if n < 0 {
		return head(cbg.MajNegativeInt, uint64(-1-n))
	}
	return head(cbg.MajUnsignedInt, uint64(n))
}

func text(s string) item       { return append(head(cbg.MajTextString, uint64(len(s))), s...) }
func byteString(b []byte) item { return append(head(cbg.MajByteString, uint64(len(b))), b...) }

func link(l ipld.Link) item {
	return append(head(cbg.MajTag, 42), byteString(append([]byte{0}, l.(cidlink.Link).Cid.Bytes()...))...)
}

func list(items []item) item {
	out := head(cbg.MajArray, uint64(len(items)))
	for _, i := range items {
		out = append(out, i...)
	}
	return out
}

// dict writes a map with its keys in the order of DAG-CBOR: the shorter first.
func dict(entries map[string]item) item {
	var keys []string
	for key := range entries {
		keys = append(keys, key)
	}
	sort.Slice(keys, func(i, j int) bool {
		if len(keys[i]) != len(keys[j]) {
			return len(keys[i]) < len(keys[j])
		}
		return keys[i] < keys[j]
	})
	out := head(cbg.MajMap, uint64(len(keys)))
	for _, key := range keys {
		out = append(append(out, text(key)...), entries[key]...)
	}
	return out
}

// encode writes a node; what this old go-ipld-prime writes itself has keys in any order.
func encode(n ipld.Node) item {
	switch n.ReprKind() {
	case ipld.ReprKind_Map:
		entries := map[string]item{}
		for i := n.MapIterator(); !i.Done(); {
			key, value, _ := i.Next()
			name, _ := key.AsString()
			entries[name] = encode(value)
		}
		return dict(entries)
	case ipld.ReprKind_List:
		var items []item
		for i := n.ListIterator(); !i.Done(); {
			_, value, _ := i.Next()
			items = append(items, encode(value))
		}
		return list(items)
	case ipld.ReprKind_Bytes:
		b, _ := n.AsBytes()
		return byteString(b)
	case ipld.ReprKind_String:
		s, _ := n.AsString()
		return text(s)
	case ipld.ReprKind_Int:
		i, _ := n.AsInt()
		return number(int64(i))
	case ipld.ReprKind_Link:
		l, _ := n.AsLink()
		return link(l)
	case ipld.ReprKind_Bool:
		if b, _ := n.AsBool(); b {
			return item{0xf5}
		}
		return item{0xf4}
	case ipld.ReprKind_Null:
		return item{0xf6}
	}
	panic(fmt.Sprintf("a node of kind %s", n.ReprKind()))
}

func decode(in []byte) (ipld.Node, error) {
	b := basicnode.Prototype.Any.NewBuilder()
	if err := dagcbor.Decoder(b, bytes.NewReader(in)); err != nil {
		return nil, err
	}
	return b.Build(), nil
}

// sorted writes an encoded item again, with the keys of its maps in order.
func sorted(in []byte) (item, error) {
	n, err := decode(in)
	if err != nil {
		return nil, err
	}
	return encode(n), nil
}

// field is an entry of a map, or nil.
func field(n ipld.Node, name string) ipld.Node {
	v, err := n.LookupByString(name)
	if err != nil {
		return nil
	}
	return v
}

// each calls f for the items of a list, which may be nil.
func each(n ipld.Node, f func(ipld.Node) error) error {
	if n == nil {
		return nil
	}
	for i := n.ListIterator(); i != nil && !i.Done(); {
		_, v, err := i.Next()
		if err != nil {
			return err
		}
		if err := f(v); err != nil {
			return err
		}
	}
	return nil
}
