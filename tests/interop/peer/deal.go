package main

import (
	"fmt"
	"math/big"

	datatransfer "github.com/filecoin-project/go-data-transfer/v2"
	"github.com/ipfs/go-cid"
	"github.com/ipld/go-ipld-prime/datamodel"
	"github.com/ipld/go-ipld-prime/fluent/qp"
	cidlink "github.com/ipld/go-ipld-prime/linking/cid"
	"github.com/ipld/go-ipld-prime/node/basicnode"
)

const (
	typeProposal = datatransfer.TypeIdentifier("RetrievalDealProposal/1")
	typeResponse = datatransfer.TypeIdentifier("RetrievalDealResponse/1")
	typePayment  = datatransfer.TypeIdentifier("RetrievalDealPayment/1")

	statusAccepted    = 6
	statusRejected    = 9
	statusFundsNeeded = 10
	statusLastPayment = 14
	statusCompleted   = 15
	statusErrored     = 17
)

type terms struct {
	price              *big.Int
	interval, increase uint64
}

// next gives the smallest limit above a number of bytes.
func (t *terms) next(current uint64) uint64 {
	limit, step := t.interval, t.interval
	for limit <= current {
		step += t.increase
		limit += step
	}
	return limit
}

func (t *terms) cost(bytes uint64) *big.Int {
	return new(big.Int).Mul(t.price, new(big.Int).SetUint64(bytes))
}

type proposal struct {
	root cid.Cid
	id   int64
	terms
}

func (p *proposal) node() (datatransfer.TypedVoucher, error) {
	n, err := qp.BuildMap(basicnode.Prototype.Any, 3, func(m datamodel.MapAssembler) {
		qp.MapEntry(m, "PayloadCID", qp.Link(cidlink.Link{Cid: p.root}))
		qp.MapEntry(m, "ID", qp.Int(p.id))
		qp.MapEntry(m, "Params", qp.Map(6, func(m datamodel.MapAssembler) {
			qp.MapEntry(m, "Selector", qp.Null())
			qp.MapEntry(m, "PieceCID", qp.Null())
			qp.MapEntry(m, "PricePerByte", qp.Bytes(amountBytes(p.price)))
			qp.MapEntry(m, "PaymentInterval", qp.Int(int64(p.interval)))
			qp.MapEntry(m, "PaymentIntervalIncrease", qp.Int(int64(p.increase)))
			qp.MapEntry(m, "UnsealPrice", qp.Bytes([]byte{}))
		}))
	})
	return datatransfer.TypedVoucher{Voucher: n, Type: typeProposal}, err
}

func parseProposal(n datamodel.Node) (*proposal, error) {
	f := fields{}
	params := f.of(n, "Params")
	p := &proposal{id: f.int(f.of(n, "ID"))}
	p.price = f.amount(f.of(params, "PricePerByte"))
	p.interval = uint64(f.int(f.of(params, "PaymentInterval")))
	p.increase = uint64(f.int(f.of(params, "PaymentIntervalIncrease")))
	link, err := f.of(n, "PayloadCID").AsLink()
	f.note(err)
	if f.err == nil {
		p.root = link.(cidlink.Link).Cid
	}
	return p, f.err
}

type response struct {
	status  int64
	id      int64
	owed    *big.Int
	message string
}

func (r *response) node() (datatransfer.TypedVoucher, error) {
	n, err := qp.BuildMap(basicnode.Prototype.Any, 4, func(m datamodel.MapAssembler) {
		qp.MapEntry(m, "Status", qp.Int(r.status))
		qp.MapEntry(m, "ID", qp.Int(r.id))
		qp.MapEntry(m, "PaymentOwed", qp.Bytes(amountBytes(r.owed)))
		qp.MapEntry(m, "Message", qp.String(r.message))
	})
	return datatransfer.TypedVoucher{Voucher: n, Type: typeResponse}, err
}

func parseResponse(v datatransfer.TypedVoucher) (*response, error) {
	if v.Type != typeResponse {
		return nil, fmt.Errorf("a result of type '%s'", v.Type)
	}
	f := fields{}
	r := &response{status: f.int(f.of(v.Voucher, "Status")), id: f.int(f.of(v.Voucher, "ID"))}
	r.owed = f.amount(f.of(v.Voucher, "PaymentOwed"))
	text, err := f.of(v.Voucher, "Message").AsString()
	f.note(err)
	r.message = text
	return r, f.err
}

type payment struct {
	id int64
	voucher
}

func (p *payment) node() (datatransfer.TypedVoucher, error) {
	tuple, err := p.voucher.node(true)
	if err != nil {
		return datatransfer.TypedVoucher{}, err
	}
	n, err := qp.BuildMap(basicnode.Prototype.Any, 3, func(m datamodel.MapAssembler) {
		qp.MapEntry(m, "ID", qp.Int(p.id))
		qp.MapEntry(m, "PaymentChannel", qp.Bytes(p.channel))
		qp.MapEntry(m, "PaymentVoucher", qp.Node(tuple))
	})
	return datatransfer.TypedVoucher{Voucher: n, Type: typePayment}, err
}

func parsePayment(v datatransfer.TypedVoucher) (*payment, error) {
	if v.Type != typePayment {
		return nil, fmt.Errorf("a voucher of type '%s'", v.Type)
	}
	f := fields{}
	id := f.int(f.of(v.Voucher, "ID"))
	inner := f.of(v.Voucher, "PaymentVoucher")
	if f.err != nil {
		return nil, f.err
	}
	parsed, err := parseVoucher(inner)
	if err != nil {
		return nil, err
	}
	return &payment{id, *parsed}, nil
}
