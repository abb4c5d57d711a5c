package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"

	datatransfer "github.com/filecoin-project/go-data-transfer/v2"
	dtmessage "github.com/filecoin-project/go-data-transfer/v2/message"
	dtnetwork "github.com/filecoin-project/go-data-transfer/v2/network"
	"github.com/ipfs/go-graphsync"
	gsmessage "github.com/ipfs/go-graphsync/message"
	gsmessagev2 "github.com/ipfs/go-graphsync/message/v2"
	gsnetwork "github.com/ipfs/go-graphsync/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

const (
	self     = peer.ID("the peer under test")
	other    = peer.ID("the tools")
	frameMax = 1 << 22
)

// stream is the network: one stream of frames each way. A frame is what either library puts on a libp2p stream: a varint
// length and the body for graphsync, and the bare body, which here gets a length too, for data transfer.
type stream struct {
	mu       sync.Mutex
	out      *bufio.Writer // nil while there is no connection: what is said then is lost
	lasting  bool          // there is one connection, and no other after it
	text     bool          // a line of base64url per frame, so that a shell can read one frame at a time
	handler  *gsmessagev2.MessageHandler
	gs       gsnetwork.Receiver
	dt       dtnetwork.Receiver
	begun    chan struct{}                // closed once all deals have been asked for: what was asked for together is sent together
	slow     time.Duration                // for each graphsync message
	most     int                          // requests or responses in one message that was sent
	last     graphsync.RequestID          // the request that came last
	running  map[graphsync.RequestID]bool // requests whose last response was neither a pause nor an end
	sent     int
	received int
}

func newStream(text bool) *stream {
	return &stream{text: text, handler: gsmessagev2.NewMessageHandler(), begun: make(chan struct{}),
		running: map[graphsync.RequestID]bool{}}
}

// attach lets frames go out to a connection; nil: there is none.
func (s *stream) attach(out io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = nil
	clear(s.running)
	s.last = graphsync.RequestID{}
	s.running[s.last] = true // not quiet before a request has come
	if out != nil {
		s.out = bufio.NewWriterSize(out, 1<<16)
	}
}

// put writes one frame, length and all.
func (s *stream) put(frame []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out == nil {
		return nil
	}
	s.sent++
	if s.text {
		frame = append([]byte(base64.RawURLEncoding.EncodeToString(frame)), '\n')
	}
	if _, err := s.out.Write(frame); err != nil && s.lasting {
		return err
	}
	if err := s.out.Flush(); s.lasting {
		return err
	}
	return nil // the other side has gone, and may come again: a connection that is lost is no error of the transfer
}

// pump hands what comes in to the libraries, until the stream ends.
func (s *stream) pump(in io.Reader) error {
	r := bufio.NewReaderSize(in, 1<<20)
	for {
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
		s.received++
		if err := s.take(body); err != nil {
			return fmt.Errorf("frame %d: %w", s.received, err)
		}
	}
}

func (s *stream) take(body []byte) error {
	ctx := context.Background()
	if bytes.HasPrefix(body, []byte("\xa1\x63gs2")) {
		framed := append(binary.AppendUvarint(nil, uint64(len(body))), body...)
		m, err := s.handler.FromNet(other, bytes.NewReader(framed))
		if err != nil {
			return err
		}
		s.hear(m.Requests())
		s.gs.ReceiveMessage(ctx, other, m)
		return nil
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
	var frame bytes.Buffer
	<-g.begun
	time.Sleep(g.slow)
	g.mu.Lock()
	g.most = max(g.most, len(m.Requests()), len(m.Responses()))
	g.mu.Unlock()
	if err := g.handler.ToNet(other, m, &frame); err != nil {
		return err
	}
	err := g.put(frame.Bytes())
	g.note(m.Responses())
	return err
}

// note keeps in mind which requests have blocks on their way: those whose last response, of those sent, is no pause.
func (s *stream) note(responses []gsmessage.GraphSyncResponse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range responses {
		if r.Status() == graphsync.PartialResponse {
			s.running[r.RequestID()] = true
		} else {
			delete(s.running, r.RequestID())
		}
	}
}

// hear keeps in mind the request that came last: nothing has been sent for it yet.
func (s *stream) hear(requests []gsmessage.GraphSyncRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range requests {
		if r.Type() == graphsync.RequestTypeNew {
			s.last = r.ID()
			s.running[r.ID()] = true
		}
	}
}

// quiet says whether all that was queued for the request that came last has been sent.
func (s *stream) quiet() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.running[s.last]
}

func (g gsStream) SendMessage(ctx context.Context, _ peer.ID, m gsmessage.GraphSyncMessage) error {
	return g.SendMsg(ctx, m)
}

func (g gsStream) NewMessageSender(context.Context, peer.ID, gsnetwork.MessageSenderOpts) (gsnetwork.MessageSender, error) {
	return g, nil
}

func (g gsStream) SetDelegate(r gsnetwork.Receiver)         { g.gs = r }
func (g gsStream) ConnectTo(context.Context, peer.ID) error { return nil }
func (g gsStream) ConnectionManager() gsnetwork.ConnManager { return g }
func (g gsStream) Protect(peer.ID, string)                  {}
func (g gsStream) Unprotect(peer.ID, string) bool           { return false }
func (g gsStream) Close() error                             { return nil }
func (g gsStream) Reset() error                             { return nil }

// dtStream is the stream as go-data-transfer wants it.
type dtStream struct{ *stream }

func (d dtStream) SendMessage(_ context.Context, _ peer.ID, m datatransfer.Message) error {
	var body bytes.Buffer
	if err := m.ToNet(&body); err != nil {
		return err
	}
	return d.put(append(binary.AppendUvarint(nil, uint64(body.Len())), body.Bytes()...))
}

func (d dtStream) SetDelegate(r dtnetwork.Receiver)                { d.dt = r }
func (d dtStream) ConnectTo(context.Context, peer.ID) error        { return nil }
func (d dtStream) ConnectWithRetry(context.Context, peer.ID) error { return nil }
func (d dtStream) ID() peer.ID                                     { return self }
func (d dtStream) Protect(peer.ID, string)                         {}
func (d dtStream) Unprotect(peer.ID, string) bool                  { return false }
func (d dtStream) Protocol(context.Context, peer.ID) (protocol.ID, error) {
	return datatransfer.ProtocolDataTransfer1_2, nil
}
