package ffi

import (
	"errors"

	"github.com/filecoin-project/filecoin-ffi/cgo"
	"github.com/filecoin-project/go-state-types/abi"
	"github.com/filecoin-project/go-state-types/network"
	"github.com/ipfs/go-cid"
)

var errNoMachine = errors.New("this build runs no actors in Wasm: only chains up to network version 15")

// FVM is the machine that runs actors in Wasm, which is not here.
type FVM struct{}

// FVMOpts says on which state the machine would start.
type FVMOpts struct {
	FVMVersion     uint64
	Externs        cgo.Externs
	Epoch          abi.ChainEpoch
	Timestamp      uint64
	ChainID        uint64
	BaseFee        abi.TokenAmount
	BaseCircSupply abi.TokenAmount
	NetworkVersion network.Version
	StateBase      cid.Cid
	Tracing        bool
	FlushAllBlocks bool
	Debug          bool
	ActorRedirect  cid.Cid
}

// ApplyRet says what a message would have done.
type ApplyRet struct {
	Return             []byte
	ExitCode           uint64
	GasUsed            int64
	MinerPenalty       abi.TokenAmount
	MinerTip           abi.TokenAmount
	BaseFeeBurn        abi.TokenAmount
	OverEstimationBurn abi.TokenAmount
	Refund             abi.TokenAmount
	GasRefund          int64
	GasBurned          int64
	ExecTraceBytes     []byte
	FailureInfo        string
	EventsRoot         *cid.Cid
	EventsBytes        []byte
}

// CreateFVM gives an error.
func CreateFVM(*FVMOpts) (*FVM, error) {
	return nil, errNoMachine
}

// ApplyMessage gives an error.
func (*FVM) ApplyMessage([]byte, uint) (*ApplyRet, error) {
	return nil, errNoMachine
}

// ApplyImplicitMessage gives an error.
func (*FVM) ApplyImplicitMessage([]byte) (*ApplyRet, error) {
	return nil, errNoMachine
}

// Flush gives an error.
func (*FVM) Flush() (cid.Cid, error) {
	return cid.Undef, errNoMachine
}
