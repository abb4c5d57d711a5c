package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/ipfs/go-cid"
	"github.com/ipld/go-ipld-prime"
	"github.com/ipld/go-ipld-prime/codec/dagcbor"
	"github.com/ipld/go-ipld-prime/datamodel"
	"github.com/ipld/go-ipld-prime/fluent/qp"
	"github.com/ipld/go-ipld-prime/linking"
	cidlink "github.com/ipld/go-ipld-prime/linking/cid"
	"github.com/ipld/go-ipld-prime/node/basicnode"
)

// content is blocks in memory, in the order in which they came.
type content struct {
	mu     sync.Mutex
	blocks map[cid.Cid][]byte
	order  []cid.Cid
}

func newContent() *content { return &content{blocks: map[cid.Cid][]byte{}} }

func (c *content) put(id cid.Cid, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.blocks[id]; !ok {
		c.blocks[id] = data
		c.order = append(c.order, id)
	}
}

func (c *content) system() ipld.LinkSystem {
	s := cidlink.DefaultLinkSystem()
	s.TrustedStorage = true
	s.StorageReadOpener = func(_ linking.LinkContext, l datamodel.Link) (io.Reader, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		data, ok := c.blocks[l.(cidlink.Link).Cid]
		if !ok {
			return nil, fmt.Errorf("no block %s", l)
		}
		return bytes.NewReader(data), nil
	}
	s.StorageWriteOpener = func(linking.LinkContext) (io.Writer, linking.BlockWriteCommitter, error) {
		var b bytes.Buffer
		return &b, func(l datamodel.Link) error {
			c.put(l.(cidlink.Link).Cid, b.Bytes())
			return nil
		}, nil
	}
	return s
}

func readPiece(r *bufio.Reader) ([]byte, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	if n > frameMax {
		return nil, errors.New("a piece of the CAR is too large")
	}
	b := make([]byte, n)
	_, err = io.ReadFull(r, b)
	return b, err
}

// readCar takes in a CARv1, whose blocks it checks.
func (c *content) readCar(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	if _, err := readPiece(r); err != nil {
		return err
	}
	for {
		piece, err := readPiece(r)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		n, id, err := cid.CidFromBytes(piece)
		if err != nil {
			return err
		}
		sum, err := id.Prefix().Sum(piece[n:])
		if err != nil || !sum.Equals(id) {
			return fmt.Errorf("block %s is not what it says", id)
		}
		c.put(id, piece[n:])
	}
}

func (c *content) writeCar(path string, root cid.Cid) error {
	head, err := qp.BuildMap(basicnode.Prototype.Any, 2, func(m datamodel.MapAssembler) {
		qp.MapEntry(m, "roots", qp.List(1, func(l datamodel.ListAssembler) {
			qp.ListEntry(l, qp.Link(cidlink.Link{Cid: root}))
		}))
		qp.MapEntry(m, "version", qp.Int(1))
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := dagcbor.Encode(head, &b); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	w.Write(binary.AppendUvarint(nil, uint64(b.Len())))
	w.Write(b.Bytes())
	for _, id := range c.order {
		w.Write(binary.AppendUvarint(nil, uint64(id.ByteLen()+len(c.blocks[id]))))
		w.Write(id.Bytes())
		w.Write(c.blocks[id])
	}
	return errors.Join(w.Flush(), f.Close())
}

// lose drops a block, by its place in the contents.
func (c *content) lose(number int) {
	if number >= 0 && number < len(c.order) {
		delete(c.blocks, c.order[number])
	}
}
