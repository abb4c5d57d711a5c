// Package ffi stands in for the Rust library that Lotus is usually linked with.
//
// A node whose chain has network version 15 runs its actors in Go, and a node in
// tests has mock proofs: so of that library only the BLS signatures of blocks
// are needed.  They are real here (Barreto, Lynn and Scott on BLS12-381 with
// public keys in G1), all else says that it is not there.
package ffi

import (
	"crypto/sha512"
	"math/big"
	"slices"

	bls "github.com/kilic/bls12-381"
)

// Sizes of what is compressed, in bytes.
const (
	SignatureBytes  = 96
	PrivateKeyBytes = 32
	PublicKeyBytes  = 48
	DigestBytes     = 96
)

type (
	// Signature is a point of G2.
	Signature = [SignatureBytes]byte
	// PrivateKey is a number below the order of the groups, little-endian.
	PrivateKey = [PrivateKeyBytes]byte
	// PublicKey is a point of G1.
	PublicKey = [PublicKeyBytes]byte
	// Message is what is signed.
	Message = []byte
	// Digest is a message as a point of G2.
	Digest = [DigestBytes]byte
	// PrivateKeyGenSeed is what a key can be made of.
	PrivateKeyGenSeed = [32]byte
)

var domain = []byte("BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_")

// number gives a little-endian number.
func number(bytes []byte) *big.Int {
	bytes = slices.Clone(bytes)
	slices.Reverse(bytes)
	return new(big.Int).SetBytes(bytes)
}

// compressed gives a point of G2 as a signature.
func compressed(group *bls.G2, point *bls.PointG2) (signature Signature) {
	copy(signature[:], group.ToCompressed(point))
	return signature
}

// PrivateKeyGenerateWithSeed makes the same key of the same seed.
func PrivateKeyGenerateWithSeed(seed PrivateKeyGenSeed) (key PrivateKey) {
	wide := sha512.Sum512(seed[:])
	new(big.Int).Mod(number(wide[:]), bls.NewG1().Q()).FillBytes(key[:])
	slices.Reverse(key[:])
	return key
}

// PrivateKeyPublicKey gives the public key.
func PrivateKeyPublicKey(key PrivateKey) *PublicKey {
	group := bls.NewG1()
	public := PublicKey(group.ToCompressed(group.MulScalarBig(group.New(), group.One(), number(key[:]))))
	return &public
}

// Hash gives the message as a point.
func Hash(message Message) Digest {
	group := bls.NewG2()
	point, err := group.HashToCurve(message, domain)
	if err != nil {
		panic(err)
	}
	return compressed(group, point)
}

// PrivateKeySign signs the message.
func PrivateKeySign(key PrivateKey, message Message) *Signature {
	group := bls.NewG2()
	point, err := group.HashToCurve(message, domain)
	if err != nil {
		return nil
	}
	signature := compressed(group, group.MulScalarBig(point, point, number(key[:])))
	return &signature
}

// HashVerify says whether the signature is the sum of the signatures of the i-th key of the i-th message.
func HashVerify(signature *Signature, messages []Message, keys []PublicKey) bool {
	engine := bls.NewEngine()
	sum, err := engine.G2.FromCompressed(signature[:])
	if err != nil || len(messages) != len(keys) {
		return false
	}
	engine.AddPairInv(engine.G1.One(), sum)
	for i := range keys {
		key, err := engine.G1.FromCompressed(keys[i][:])
		if err != nil || engine.G1.IsZero(key) {
			return false
		}
		point, err := engine.G2.HashToCurve(messages[i], domain)
		if err != nil {
			return false
		}
		engine.AddPair(key, point)
	}
	return engine.Check()
}

// Aggregate adds signatures up.
func Aggregate(signatures []Signature) *Signature {
	group := bls.NewG2()
	sum := group.Zero()
	for i := range signatures {
		point, err := group.FromCompressed(signatures[i][:])
		if err != nil {
			return nil
		}
		group.Add(sum, sum, point)
	}
	signature := compressed(group, sum)
	return &signature
}

// CreateZeroSignature gives the signature of nothing.
func CreateZeroSignature() Signature {
	group := bls.NewG2()
	return compressed(group, group.Zero())
}
