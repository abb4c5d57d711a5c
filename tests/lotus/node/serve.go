package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/filecoin-project/go-jsonrpc/auth"

	"github.com/filecoin-project/lotus/api"
	"github.com/filecoin-project/lotus/gateway"
	"github.com/filecoin-project/lotus/itests/kit"
	"github.com/filecoin-project/lotus/node"
)

// past is how far back a client of the gateway may ask.  The usual limit is 24 hours; the blocks of a chain for tests are
// made at once, and bear dates from months ago.  The limit of 20 epochs for messages is the usual one.
const past = 10 * 365 * 24 * time.Hour

// requests counts calls.
type requests struct {
	lock  sync.Mutex
	calls []string
}

// take gives the methods called since the last time, in their order.
func (r *requests) take() []string {
	r.lock.Lock()
	defer r.lock.Unlock()
	calls := r.calls
	r.calls = nil
	return calls
}

// watch notes each call.
func (r *requests) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		var call struct{ Method string }

		body, err := io.ReadAll(request.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if json.Unmarshal(body, &call) == nil {
			r.lock.Lock()
			r.calls = append(r.calls, call.Method)
			r.lock.Unlock()
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, request)
	})
}

// listen serves on a free port of this machine; gives the address.
func listen(handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { fmt.Println("serving:", server.Serve(listener)) }()
	return "http://" + listener.Addr().String(), nil
}

// handlers makes what answers, in the order: for everybody, with tokens, as a gateway.
func handlers(full *kit.TestFullNode) ([]http.Handler, error) {
	open, err := node.FullNodeHandler(full.FullNode, full.V2, false)
	if err != nil {
		return nil, err
	}
	locked, err := node.FullNodeHandler(full.FullNode, full.V2, true)
	if err != nil {
		return nil, err
	}
	front, err := gateway.Handler(gateway.NewNode(full, full.V2, gateway.WithMaxLookbackDuration(past)))
	if err != nil {
		return nil, err
	}
	return []http.Handler{open, locked, front}, nil
}

// token makes a token with these rights.
func token(full *kit.TestFullNode, rights ...auth.Permission) (string, error) {
	text, err := full.AuthNew(context.Background(), rights)
	return string(text), err
}

// serve opens all ports.
func serve(_ *testing.T, full *kit.TestFullNode, c *chain) (*endpoints, error) {
	var places [3]string
	var calls requests

	api.RunningNodeType = api.NodeFull // or Version is an error
	all, err := handlers(full)
	if err != nil {
		return nil, err
	}
	for i, handler := range all {
		if places[i], err = listen(calls.watch(handler)); err != nil {
			return nil, err
		}
		places[i] += "/rpc/v1"
	}
	control, err := listen(c.control(&calls))
	if err != nil {
		return nil, err
	}
	writer, err := token(full, api.AllPermissions...)
	if err != nil {
		return nil, err
	}
	reader, err := token(full, api.PermRead)
	if err != nil {
		return nil, err
	}
	return &endpoints{Open: places[0], Auth: places[1], Gateway: places[2], Control: control, Token: writer, Reader: reader}, nil
}
