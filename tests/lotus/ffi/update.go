package ffi

import (
	"github.com/filecoin-project/go-state-types/abi"
	"github.com/filecoin-project/go-state-types/proof"
	"github.com/ipfs/go-cid"
)

type sectorUpdate struct{}

// SectorUpdate would put data into sealed sectors.
var SectorUpdate sectorUpdate

// VerifyUpdateProof gives true.
func (sectorUpdate) VerifyUpdateProof(proof.ReplicaUpdateInfo) (bool, error) {
	return true, nil
}

// EncodeInto gives an error.
func (sectorUpdate) EncodeInto(_ abi.RegisteredUpdateProof, _, _, _, _, _ string, _ []abi.PieceInfo) (cid.Cid, cid.Cid, error) {
	return cid.Undef, cid.Undef, errNoProofs
}

// DecodeFrom gives an error.
func (sectorUpdate) DecodeFrom(_ abi.RegisteredUpdateProof, _, _, _, _ string, _ cid.Cid) error {
	return errNoProofs
}

// RemoveData gives an error.
func (sectorUpdate) RemoveData(_ abi.RegisteredUpdateProof, _, _, _, _, _ string, _ cid.Cid) error {
	return errNoProofs
}

// GenerateUpdateVanillaProofs gives an error.
func (sectorUpdate) GenerateUpdateVanillaProofs(_ abi.RegisteredUpdateProof, _, _, _ cid.Cid, _, _, _, _ string) ([][]byte, error) {
	return nil, errNoProofs
}

// GenerateUpdateProofWithVanilla gives an error.
func (sectorUpdate) GenerateUpdateProofWithVanilla(_ abi.RegisteredUpdateProof, _, _, _ cid.Cid, _ [][]byte) ([]byte, error) {
	return nil, errNoProofs
}
