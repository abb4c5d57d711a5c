package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	datatransfer "github.com/filecoin-project/go-data-transfer"
	dtmessage "github.com/filecoin-project/go-data-transfer/message"
	dtnetwork "github.com/filecoin-project/go-data-transfer/network"
	gsmessage "github.com/ipfs/go-graphsync/message"
	gsnetwork "github.com/ipfs/go-graphsync/network"
	"github.com/libp2p/go-libp2p-core/peer"
)

const (
	self     = peer.ID("the peer under test")
	other    = peer.ID("the tools")
	frameMax = 1 << 22
)

// stream is the network: one stream of frames each way, a varint length and one item of CBOR each.
type stream struct {
	mu      sync.Mutex
	changed *sync.Cond // there is another connection
	ids     *ids
	out     *bufio.Writer // nil while there is no connection: what is said then is lost
	lasting bool          // there is one connection, and no other after it: see pumpAll
	cutAt   uint64        // not 0: pump reads so many bytes, and then no more of this connection, once
	cut     func()        // called then
	gs      gsnetwork.Receiver
	dt      dtnetwork.Receiver
}

func (s *stream) attach(out io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = nil
	if out != nil {
		s.out = bufio.NewWriterSize(out, 1<<16)
		s.changed.Broadcast()
	}
}

func newStream(ids *ids) *stream {
	s := &stream{ids: ids}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// put writes a frame; who holds mu calls it. It says whether there was a connection that took the frame.
func (s *stream) put(body []byte) bool {
	if s.out == nil {
		return false
	}
	s.out.Write(binary.AppendUvarint(nil, uint64(len(body))))
	s.out.Write(body)
	if s.out.Flush() != nil {
		s.out = nil
	}
	return s.out != nil
}

// pump hands what comes in to the libraries, until the stream ends.
func (s *stream) pump(in io.Reader) error {
	r := bufio.NewReaderSize(in, 1<<20)
	for read := uint64(0); ; {
		length, err := binary.ReadUvarint(r)
		if err != nil {
			return err
		}
		if length == 0 || length > frameMax {
			return fmt.Errorf("a frame of %d bytes", length)
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(r, body); err != nil {
			return err
		}
		if err := s.take(body); err != nil {
			return err
		}
		read += length
		if s.cutAt != 0 && read >= s.cutAt {
			s.cutAt = 0
			s.cut()
			return io.EOF
		}
	}
}

func (s *stream) take(body []byte) error {
	ctx := context.Background()
	n, err := decode(body)
	if err != nil {
		return err
	}
	if inner := field(n, "gs2"); inner != nil {
		s.mu.Lock()
		m, err := s.ids.inMessage(inner)
		s.mu.Unlock()
		if err == nil {
			s.gs.ReceiveMessage(ctx, other, m)
		}
		return err
	}
	m, err := dtmessage.FromNet(bytes.NewReader(body))
	if err != nil {
		return err
	}
	switch m := m.(type) {
	case datatransfer.Request:
		if m.IsRestartExistingChannelRequest() {
			s.dt.ReceiveRestartExistingChannelRequest(ctx, other, m)
			break
		}
		s.dt.ReceiveRequest(ctx, other, m)
	case datatransfer.Response:
		s.dt.ReceiveResponse(ctx, other, m)
	}
	return nil
}

// gsStream is the stream as go-graphsync wants it.
type gsStream struct{ *stream }

func (g gsStream) SendMsg(_ context.Context, m gsmessage.GraphSyncMessage) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	body, err := g.ids.outMessage(m)
	if err != nil {
		return err
	}
	g.put(body) // a connection that is lost is no error of the transfer, which can be restarted
	return nil
}

func (g gsStream) SendMessage(ctx context.Context, _ peer.ID, m gsmessage.GraphSyncMessage) error {
	return g.SendMsg(ctx, m)
}

func (g gsStream) NewMessageSender(context.Context, peer.ID) (gsnetwork.MessageSender, error) {
	return g, nil
}
func (g gsStream) SetDelegate(r gsnetwork.Receiver)         { g.gs = r }
func (g gsStream) ConnectTo(context.Context, peer.ID) error { return nil }
func (g gsStream) Close() error                             { return nil }
func (g gsStream) Reset() error                             { return nil }

// dtStream is the stream as go-data-transfer wants it.
type dtStream struct{ *stream }

func (d dtStream) SendMessage(_ context.Context, _ peer.ID, m datatransfer.Message) error {
	var body bytes.Buffer
	if err := m.ToNet(&body); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for !d.put(body.Bytes()) { // go-data-transfer's own network tries again until there is a connection
		d.changed.Wait()
	}
	return nil
}

func (d dtStream) SetDelegate(r dtnetwork.Receiver)                { d.dt = r }
func (d dtStream) ConnectTo(context.Context, peer.ID) error        { return nil }
func (d dtStream) ConnectWithRetry(context.Context, peer.ID) error { return nil }
func (d dtStream) ID() peer.ID                                     { return self }
func (d dtStream) Protect(peer.ID, string)                         {}
func (d dtStream) Unprotect(peer.ID, string) bool                  { return false }
