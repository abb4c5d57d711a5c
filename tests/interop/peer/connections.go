package main

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
)

// connections are the ways to the other side, one after another. What a party knows outlives each of them.
type connections interface {
	next() (io.ReadWriter, error)
	hangUp() // end the one that is open
	close()
}

func (o *options) connections() (connections, error) {
	switch {
	case o.listen != "":
		l, err := net.Listen("unix", o.listen)
		return &listener{Listener: l}, err
	case o.via != "":
		return &command{line: o.via}, nil
	}
	return &standard{}, nil
}

// standard is standard input and output: one connection.
type standard struct{ used bool }

func (s *standard) next() (io.ReadWriter, error) {
	if s.used {
		return nil, io.EOF
	}
	s.used = true
	return struct {
		io.Reader
		io.Writer
	}{os.Stdin, os.Stdout}, nil
}

func (s *standard) hangUp() { os.Stdout.Close() }
func (s *standard) close()  {}

// listener takes those who come to its socket.
type listener struct {
	net.Listener
	mu   sync.Mutex
	open net.Conn
}

func (l *listener) next() (io.ReadWriter, error) {
	if l.open != nil {
		l.open.Close()
	}
	c, err := l.Accept()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = c
	return c, err
}

func (l *listener) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open.Close()
}

func (l *listener) close() { l.Close() }

// command is a program that is the other side.
type command struct {
	line string
	mu   sync.Mutex
	open *exec.Cmd
	in   io.WriteCloser
}

func (c *command) next() (io.ReadWriter, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open != nil {
		c.open.Wait()
	}
	c.open = exec.Command("sh", "-c", "exec "+c.line)
	c.open.Stderr = os.Stderr
	in, err := c.open.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.open.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.in = in
	return struct {
		io.Reader
		io.Writer
	}{out, in}, c.open.Start()
}

func (c *command) hangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open.Process.Kill()
}

func (c *command) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in.Close()
	c.open.Wait()
}

// pumpAll takes in one connection after another; each but the first is told.
func (s *stream) pumpAll(open io.ReadWriter, all connections, again chan<- struct{}) error {
	for {
		why := s.pump(open)
		if s.lasting {
			return why
		}
		s.attach(nil)
		next, err := all.next()
		if err != nil {
			return errors.Join(why, err)
		}
		open = next
		s.attach(open)
		again <- struct{}{}
	}
}
