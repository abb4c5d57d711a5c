package main

import (
	"bytes"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/ipld/go-ipld-prime/codec/dagcbor"
	"github.com/ipld/go-ipld-prime/datamodel"
	"github.com/ipld/go-ipld-prime/fluent/qp"
	"github.com/ipld/go-ipld-prime/node/basicnode"
	"golang.org/x/crypto/blake2b"
)

var lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func blake(size int, data []byte) []byte {
	h, err := blake2b.New(size, nil)
	if err != nil {
		panic(err)
	}
	h.Write(data)
	return h.Sum(nil)
}

// parseAddress gives the bytes of an f1 or f2 address.
func parseAddress(text string) ([]byte, error) {
	if len(text) < 3 || (text[1] != '1' && text[1] != '2') {
		return nil, fmt.Errorf("'%s' is no f1 or f2 address", text)
	}
	raw, err := lower.DecodeString(text[2:])
	if err != nil || len(raw) != 24 {
		return nil, fmt.Errorf("'%s' is no address", text)
	}
	address := append([]byte{text[1] - '0'}, raw[:20]...)
	if !bytes.Equal(blake(4, address), raw[20:]) {
		return nil, fmt.Errorf("'%s' has a wrong checksum", text)
	}
	return address, nil
}

func addressOf(key *secp256k1.PublicKey) []byte {
	return append([]byte{1}, blake(20, key.SerializeUncompressed())...)
}

// Amounts on the wire: nothing for 0, else a sign byte and the magnitude.
func amountBytes(n *big.Int) []byte {
	if n.Sign() == 0 {
		return []byte{}
	}
	return append([]byte{0}, n.Bytes()...)
}

func amountOf(b []byte) (*big.Int, error) {
	if len(b) == 0 {
		return new(big.Int), nil
	}
	if b[0] != 0 || len(b) < 2 {
		return nil, errors.New("a bad or negative amount")
	}
	return new(big.Int).SetBytes(b[1:]), nil
}

// voucher is a payment channel voucher without the fields that a retrieval deal has no use for.
type voucher struct {
	channel     []byte
	lane, nonce int64
	amount      *big.Int
	signature   []byte // with its type byte
}

// node is the voucher as the tuple of 11; unsigned, it is what is signed.
func (v *voucher) node(signed bool) (datamodel.Node, error) {
	return qp.BuildList(basicnode.Prototype.Any, 11, func(l datamodel.ListAssembler) {
		qp.ListEntry(l, qp.Bytes(v.channel))
		qp.ListEntry(l, qp.Int(0)) // TimeLockMin
		qp.ListEntry(l, qp.Int(0)) // TimeLockMax
		qp.ListEntry(l, qp.Bytes([]byte{}))
		qp.ListEntry(l, qp.Null()) // Extra
		qp.ListEntry(l, qp.Int(v.lane))
		qp.ListEntry(l, qp.Int(v.nonce))
		qp.ListEntry(l, qp.Bytes(amountBytes(v.amount)))
		qp.ListEntry(l, qp.Int(0)) // MinSettleHeight
		qp.ListEntry(l, qp.List(0, func(datamodel.ListAssembler) {}))
		if signed {
			qp.ListEntry(l, qp.Bytes(v.signature))
		} else {
			qp.ListEntry(l, qp.Null())
		}
	})
}

func (v *voucher) digest() ([]byte, error) {
	n, err := v.node(false)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := dagcbor.Encode(n, &b); err != nil {
		return nil, err
	}
	return blake(32, b.Bytes()), nil
}

func (v *voucher) sign(key *secp256k1.PrivateKey) error {
	digest, err := v.digest()
	if err != nil {
		return err
	}
	compact := ecdsa.SignCompact(key, digest, false) // 27 + v, r, s
	v.signature = append(append([]byte{1}, compact[1:]...), compact[0]-27)
	return nil
}

// signer gives the address whose key signed the voucher.
func (v *voucher) signer() ([]byte, error) {
	digest, err := v.digest()
	if err != nil {
		return nil, err
	}
	s := v.signature
	if len(s) != 66 || s[0] != 1 || s[65] > 3 {
		return nil, errors.New("the voucher has no secp256k1 signature")
	}
	key, _, err := ecdsa.RecoverCompact(append([]byte{27 + s[65]}, s[1:65]...), digest)
	if err != nil {
		return nil, err
	}
	return addressOf(key), nil
}

// parseVoucher refuses what makes a voucher worth less than its amount.
func parseVoucher(n datamodel.Node) (*voucher, error) {
	if n.Kind() != datamodel.Kind_List || n.Length() != 11 {
		return nil, errors.New("a voucher is a list of 11")
	}
	at := func(i int64) datamodel.Node {
		item, _ := n.LookupByIndex(i)
		return item
	}
	f := fields{}
	v := &voucher{channel: f.bytes(at(0)), lane: f.int(at(5)), nonce: f.int(at(6)), signature: f.bytes(at(10))}
	v.amount = f.amount(at(7))
	if f.int(at(1)) != 0 || f.int(at(2)) != 0 || len(f.bytes(at(3))) != 0 || !at(4).IsNull() || f.int(at(8)) != 0 ||
		at(9).Length() > 0 {
		f.err = errors.Join(f.err, errors.New("the voucher has conditions"))
	}
	return v, f.err
}

// fields reads values, and keeps the first error.
type fields struct{ err error }

func (f *fields) note(err error) {
	if f.err == nil {
		f.err = err
	}
}

func (f *fields) of(n datamodel.Node, key string) datamodel.Node {
	v, err := n.LookupByString(key)
	if err != nil {
		f.note(err)
		return datamodel.Null
	}
	return v
}

func (f *fields) bytes(n datamodel.Node) []byte {
	b, err := n.AsBytes()
	f.note(err)
	return b
}

func (f *fields) int(n datamodel.Node) int64 {
	i, err := n.AsInt()
	f.note(err)
	return i
}

func (f *fields) amount(n datamodel.Node) *big.Int {
	a, err := amountOf(f.bytes(n))
	f.note(err)
	return a
}

// parseKey reads a key from its hex digits, the last word of a key file.
func parseKey(text string) (*secp256k1.PrivateKey, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 32 {
		return nil, errors.New("a key is 64 hex digits")
	}
	return secp256k1.PrivKeyFromBytes(raw), nil
}
