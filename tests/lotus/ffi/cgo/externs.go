// Package cgo has the types by which Lotus lends its chain to the machine that runs actors.
package cgo

import (
	"context"

	"github.com/filecoin-project/go-address"
	"github.com/filecoin-project/go-state-types/abi"
	"github.com/ipfs/boxo/blockstore"
	"github.com/ipfs/go-cid"
)

// ConsensusFaultType says what a miner did wrong.
type ConsensusFaultType int64

// The faults, numbered as the actors number them.
const (
	ConsensusFaultNone ConsensusFaultType = iota
	ConsensusFaultDoubleForkMining
	ConsensusFaultParentGrinding
	ConsensusFaultTimeOffsetMining
)

// ConsensusFault says which miner did what, and when.
type ConsensusFault struct {
	Target address.Address
	Epoch  abi.ChainEpoch
	Type   ConsensusFaultType
}

// Externs is the chain, as the machine sees it.
type Externs interface {
	blockstore.Blockstore
	blockstore.Viewer
	TipsetCid(ctx context.Context, epoch abi.ChainEpoch) (cid.Cid, error)
	GetChainRandomness(ctx context.Context, epoch abi.ChainEpoch) ([32]byte, error)
	GetBeaconRandomness(ctx context.Context, epoch abi.ChainEpoch) ([32]byte, error)
	VerifyConsensusFault(ctx context.Context, one, other, witness []byte) (*ConsensusFault, int64)
}
