package main

import (
	"context"
	"io"
	"net"
	"os"

	datatransfer "github.com/filecoin-project/go-data-transfer/v2"
)

// trouble is what happens in the middle of a transfer, each once.
type trouble struct {
	restartAt, hangUpAt uint64
	connections         connections
	restarted, hungUp   bool
}

// at looks at a transfer that has come so far.
func (t *trouble) at(ctx context.Context, m datatransfer.Manager, channel datatransfer.ChannelID, bytes uint64) error {
	if t.hangUpAt != 0 && !t.hungUp && bytes >= t.hangUpAt {
		t.hungUp = true
		say("hanging up at %d bytes", bytes)
		t.connections.hangUp()
	}
	if t.restartAt != 0 && !t.restarted && bytes >= t.restartAt {
		t.restarted = true
		say("restarting at %d bytes", bytes)
		return m.RestartDataTransferChannel(ctx, channel)
	}
	return nil
}

// wire carries a connection to the socket of another peer, which lives on when this one ends.
func wire(o options) error {
	c, err := net.Dial("unix", o.via)
	if err != nil {
		return err
	}
	go func() {
		io.Copy(c, os.Stdin)
		c.(*net.UnixConn).CloseWrite()
	}()
	_, err = io.Copy(os.Stdout, c)
	return err
}
