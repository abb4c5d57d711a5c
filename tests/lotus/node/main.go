// node is a Lotus node for tests: a chain of its own, whose blocks are mined on demand.
//
// usage: node -endpoints FILE
//
// The node, its miner and its gateway are Lotus's own, and listen on loopback
// only.  The actors are those of network version 15, because these are written
// in Go; proofs are mocked.  The addresses are written into FILE, as JSON, when
// all of them answer.  The program ends when its standard input ends, so it
// never outlives the test that has started it.
package main

import (
	"encoding/json"
	"flag"
	"io"
	"os"
	"testing"
	"time"

	"github.com/filecoin-project/go-state-types/network"

	"github.com/filecoin-project/lotus/itests/kit"
	"github.com/filecoin-project/lotus/node"
	"github.com/filecoin-project/lotus/node/config"
	"github.com/filecoin-project/lotus/node/modules/dtypes"
)

var endpointsFile = flag.String("endpoints", "", "write the addresses into this file")

// endpoints says where to ask.
type endpoints struct {
	Open    string `json:"open"`    // the node, for everybody
	Auth    string `json:"auth"`    // the node, for those who have a token
	Gateway string `json:"gateway"` // the node behind a gateway
	Control string `json:"control"` // what a test does to the chain: see control.go
	Token   string `json:"token"`   // with all rights
	Reader  string `json:"reader"`  // a token with the right to read
}

func main() {
	testing.Main(func(string, string) (bool, error) { return true, nil },
		[]testing.InternalTest{{Name: "node", F: run}}, nil, nil)
}

// begin starts a chain with one node and one miner.
func begin(t *testing.T) (*kit.TestFullNode, *kit.TestMiner) {
	kit.QuietAllLogsExcept()
	full, miner, _ := kit.EnsembleMinimal(t,
		kit.MockProofs(),
		kit.GenesisNetworkVersion(network.Version15),
		kit.DisableLibp2p(),
		kit.F3Disabled(),
		kit.WithCfgOpt(func(cfg *config.FullNode) error {
			cfg.PaymentChannels.EnablePaymentChannelManager = true
			return nil
		}),
		// the default ones are looked up by name, and there is nobody to ask
		kit.ConstructorOpts(node.Override(new(dtypes.DrandBootstrap), func() dtypes.DrandBootstrap { return nil })))
	return full, miner
}

func run(t *testing.T) {
	started := time.Now()
	full, miner := begin(t)
	chain := newChain(full, miner)
	places, err := serve(t, full, chain)
	if err != nil {
		t.Fatal(err)
	}
	if err := write(*endpointsFile, places); err != nil {
		t.Fatal(err)
	}
	t.Logf("ready after %v", time.Since(started))
	_, _ = io.Copy(io.Discard, os.Stdin)
	chain.every(0)
	os.Exit(0) // the end of a chain for tests needs no order
}

// write puts the file there as a whole.
func write(path string, places *endpoints) error {
	text, err := json.Marshal(places)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
