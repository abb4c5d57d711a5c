package ffi

import (
	"errors"
	"os"

	"github.com/filecoin-project/go-state-types/abi"
	"github.com/filecoin-project/go-state-types/proof"
	"github.com/ipfs/go-cid"
)

var errNoProofs = errors.New("this build seals no sectors and proves none")

// PrivateSectorInfo says where a sector lies.
type PrivateSectorInfo struct {
	proof.SectorInfo
	CacheDirPath     string
	PoStProofType    abi.RegisteredPoStProof
	SealedSectorPath string
}

// SortedPrivateSectorInfo has the sectors that a proof would be of.
type SortedPrivateSectorInfo struct {
	sectors []PrivateSectorInfo
}

// FallbackChallenges has the leaves that a proof would show, by sector.
type FallbackChallenges struct {
	Sectors    []abi.SectorNumber
	Challenges map[abi.SectorNumber][]uint64
}

// PartitionProof would prove a part of a miner's sectors.
type PartitionProof proof.PoStProof

// NewSortedPrivateSectorInfo keeps the sectors.
func NewSortedPrivateSectorInfo(sectors ...PrivateSectorInfo) SortedPrivateSectorInfo {
	return SortedPrivateSectorInfo{sectors}
}

// GetGPUDevices gives none.
func GetGPUDevices() ([]string, error) {
	return nil, nil
}

// What others prove is believed: a chain with mock proofs has no other ones.

// VerifySeal gives true.
func VerifySeal(proof.SealVerifyInfo) (bool, error) {
	return true, nil
}

// VerifyAggregateSeals gives true.
func VerifyAggregateSeals(proof.AggregateSealVerifyProofAndInfos) (bool, error) {
	return true, nil
}

// VerifyWinningPoSt gives true.
func VerifyWinningPoSt(proof.WinningPoStVerifyInfo) (bool, error) {
	return true, nil
}

// VerifyWindowPoSt gives true.
func VerifyWindowPoSt(proof.WindowPoStVerifyInfo) (bool, error) {
	return true, nil
}

// What a miner would do with sectors gives an error.

// WriteWithoutAlignment gives an error.
func WriteWithoutAlignment(abi.RegisteredSealProof, *os.File, abi.UnpaddedPieceSize, *os.File) (abi.UnpaddedPieceSize, cid.Cid, error) {
	return 0, cid.Undef, errNoProofs
}

// SealPreCommitPhase1 gives an error.
func SealPreCommitPhase1(abi.RegisteredSealProof, string, string, string, abi.SectorNumber, abi.ActorID, abi.SealRandomness, []abi.PieceInfo) ([]byte, error) {
	return nil, errNoProofs
}

// SealPreCommitPhase2 gives an error.
func SealPreCommitPhase2([]byte, string, string) (cid.Cid, cid.Cid, error) {
	return cid.Undef, cid.Undef, errNoProofs
}

// SealCommitPhase1 gives an error.
func SealCommitPhase1(abi.RegisteredSealProof, cid.Cid, cid.Cid, string, string, abi.SectorNumber, abi.ActorID, abi.SealRandomness, abi.InteractiveSealRandomness, []abi.PieceInfo) ([]byte, error) {
	return nil, errNoProofs
}

// SealCommitPhase2 gives an error.
func SealCommitPhase2([]byte, abi.SectorNumber, abi.ActorID) ([]byte, error) {
	return nil, errNoProofs
}

// SealCommitPhase2CircuitProofs gives an error.
func SealCommitPhase2CircuitProofs([]byte, abi.SectorNumber) ([]byte, error) {
	return nil, errNoProofs
}

// AggregateSealProofs gives an error.
func AggregateSealProofs(proof.AggregateSealVerifyProofAndInfos, [][]byte) ([]byte, error) {
	return nil, errNoProofs
}

// UnsealRange gives an error.
func UnsealRange(abi.RegisteredSealProof, string, *os.File, *os.File, abi.SectorNumber, abi.ActorID, abi.SealRandomness, cid.Cid, uint64, uint64) error {
	return errNoProofs
}

// GenerateSDR gives an error.
func GenerateSDR(abi.RegisteredSealProof, string, [32]byte) error {
	return errNoProofs
}

// GenerateSynthProofs gives an error.
func GenerateSynthProofs(_ abi.RegisteredSealProof, _, _ cid.Cid, _, _ string, _ abi.SectorNumber, _ abi.ActorID, _ []byte, _ []abi.PieceInfo) error {
	return errNoProofs
}

// ClearCache gives an error.
func ClearCache(string) error {
	return errNoProofs
}

// ClearSyntheticProofs gives an error.
func ClearSyntheticProofs(string) error {
	return errNoProofs
}

// FauxRep gives an error.
func FauxRep(abi.RegisteredSealProof, string, string) (cid.Cid, error) {
	return cid.Undef, errNoProofs
}

// GeneratePoStFallbackSectorChallenges gives an error.
func GeneratePoStFallbackSectorChallenges(abi.RegisteredPoStProof, abi.ActorID, abi.PoStRandomness, []abi.SectorNumber) (*FallbackChallenges, error) {
	return nil, errNoProofs
}

// GenerateSingleVanillaProof gives an error.
func GenerateSingleVanillaProof(PrivateSectorInfo, []uint64) ([]byte, error) {
	return nil, errNoProofs
}

// GenerateSinglePartitionWindowPoStWithVanilla gives an error.
func GenerateSinglePartitionWindowPoStWithVanilla(abi.RegisteredPoStProof, abi.ActorID, abi.PoStRandomness, [][]byte, uint) (*PartitionProof, error) {
	return nil, errNoProofs
}

// MergeWindowPoStPartitionProofs gives an error.
func MergeWindowPoStPartitionProofs(abi.RegisteredPoStProof, []PartitionProof) (*proof.PoStProof, error) {
	return nil, errNoProofs
}

// GenerateWinningPoStWithVanilla gives an error.
func GenerateWinningPoStWithVanilla(abi.RegisteredPoStProof, abi.ActorID, abi.PoStRandomness, [][]byte) ([]proof.PoStProof, error) {
	return nil, errNoProofs
}

// GenerateWinningPoStSectorChallenge gives an error.
func GenerateWinningPoStSectorChallenge(abi.RegisteredPoStProof, abi.ActorID, abi.PoStRandomness, uint64) ([]uint64, error) {
	return nil, errNoProofs
}

// GenerateWinningPoSt gives an error.
func GenerateWinningPoSt(abi.ActorID, SortedPrivateSectorInfo, abi.PoStRandomness) ([]proof.PoStProof, error) {
	return nil, errNoProofs
}

// GenerateWindowPoSt gives an error.
func GenerateWindowPoSt(abi.ActorID, SortedPrivateSectorInfo, abi.PoStRandomness) ([]proof.PoStProof, []abi.SectorNumber, error) {
	return nil, nil, errNoProofs
}
