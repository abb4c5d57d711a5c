package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/filecoin-project/go-address"
	"github.com/filecoin-project/go-state-types/abi"
	"github.com/filecoin-project/go-state-types/builtin"

	"github.com/filecoin-project/lotus/chain/types"
	"github.com/filecoin-project/lotus/itests/kit"
	lotusminer "github.com/filecoin-project/lotus/miner"
)

const (
	stride    = 10 // epochs with one block in them, where many are mined
	proofTime = 30 * time.Second
	blockTime = 10 * time.Second
	expected  = 5 // epochs before its deadline by which a proof of the miner must be waiting
)

// chain mines.
type chain struct {
	full  *kit.TestFullNode
	miner *kit.TestMiner
	lock  sync.Mutex // one epoch after the other
	stop  chan struct{}
	done  chan struct{}
}

func newChain(full *kit.TestFullNode, miner *kit.TestMiner) *chain {
	return &chain{full: full, miner: miner}
}

func (c *chain) height(ctx context.Context) (abi.ChainEpoch, error) {
	head, err := c.full.ChainHead(ctx)
	if err != nil {
		return 0, err
	}
	return head.Height(), nil
}

// block mines one block after some epochs without one; the epoch may be a later one, if the lot is against the miner.
func (c *chain) block(ctx context.Context, nulls abi.ChainEpoch) error {
	for {
		var won bool
		var epoch abi.ChainEpoch
		var failed error

		done := make(chan struct{})
		request := lotusminer.MineReq{InjectNulls: nulls, Done: func(success bool, at abi.ChainEpoch, err error) {
			won, epoch, failed = success, at, err
			close(done)
		}}
		if err := c.miner.MineOne(ctx, request); err != nil {
			return err
		}
		<-done
		if failed != nil {
			return failed
		}
		if won {
			return c.arrived(ctx, epoch)
		}
		nulls++
	}
}

// arrived waits until the node has the block.
func (c *chain) arrived(ctx context.Context, epoch abi.ChainEpoch) error {
	for end := time.Now().Add(blockTime); time.Now().Before(end); time.Sleep(time.Millisecond) {
		height, err := c.height(ctx)
		if err != nil || height >= epoch {
			return err
		}
	}
	return fmt.Errorf("the block of epoch %d did not arrive", epoch)
}

// proved waits for the miner's proof of its sectors if the time for that is nearly over: a miner without one loses its power.
func (c *chain) proved(ctx context.Context, from, to abi.ChainEpoch) error {
	deadline, err := c.full.StateMinerProvingDeadline(ctx, c.miner.ActorAddr, types.EmptyTSK)
	if err != nil || from < deadline.Open || to < deadline.Last()-expected {
		return err
	}
	partitions, err := c.full.StateMinerPartitions(ctx, c.miner.ActorAddr, deadline.Index, types.EmptyTSK)
	if err != nil || len(partitions) == 0 {
		return err
	}
	for end := time.Now().Add(proofTime); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		there, err := c.proof(ctx, deadline.Index)
		if err != nil || there {
			return err
		}
	}
	return errors.New("the miner has not proved its sectors")
}

// late gives the messages that the state does not show yet: those that wait, and those of the newest block.
func (c *chain) late(ctx context.Context) ([]*types.Message, error) {
	var messages []*types.Message

	head, err := c.full.ChainHead(ctx)
	if err != nil {
		return nil, err
	}
	newest, err := c.full.ChainGetMessagesInTipset(ctx, head.Key())
	if err != nil {
		return nil, err
	}
	for _, each := range newest {
		messages = append(messages, each.Message)
	}
	waiting, err := c.full.MpoolPending(ctx, types.EmptyTSK)
	for _, each := range waiting {
		messages = append(messages, &each.Message)
	}
	return messages, err
}

// proof says whether the proof waits, or is on the chain already.
func (c *chain) proof(ctx context.Context, deadline uint64) (bool, error) {
	deadlines, err := c.full.StateMinerDeadlines(ctx, c.miner.ActorAddr, types.EmptyTSK)
	if err != nil {
		return false, err
	}
	posted, err := deadlines[deadline].PostSubmissions.Count()
	if err != nil || posted > 0 {
		return err == nil, err
	}
	messages, err := c.late(ctx)
	if err != nil {
		return false, err
	}
	for _, message := range messages {
		if message.To == c.miner.ActorAddr && message.Method == builtin.MethodsMiner.SubmitWindowedPoSt {
			return true, nil
		}
	}
	return false, nil
}

// mine moves the head on by so many epochs, or a few more; gives its height.
func (c *chain) mine(ctx context.Context, epochs abi.ChainEpoch) (abi.ChainEpoch, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	now, err := c.height(ctx)
	for end := now + epochs; err == nil && now < end; {
		step := min(end-now, stride)
		if epochs <= stride {
			step = 1
		}
		if err = c.proved(ctx, now, now+step); err != nil {
			break
		}
		if err = c.block(ctx, step-1); err != nil {
			break
		}
		now, err = c.height(ctx)
	}
	return now, err
}

// every mines an epoch again and again, with that time in between; 0: no more.
func (c *chain) every(pause time.Duration) {
	if c.stop != nil {
		close(c.stop)
		<-c.done
		c.stop = nil
	}
	if pause == 0 {
		return
	}
	c.stop, c.done = make(chan struct{}), make(chan struct{})
	go func(stop, done chan struct{}) {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(pause):
			}
			if _, err := c.mine(context.Background(), 1); err != nil {
				fmt.Println("mining:", err)
				return
			}
		}
	}(c.stop, c.done)
}

// fund sends money out of the miner's wallet, and mines until it is there.
func (c *chain) fund(ctx context.Context, to address.Address, amount abi.TokenAmount) error {
	from, err := c.full.WalletDefaultAddress(ctx)
	if err != nil {
		return err
	}
	sent, err := c.full.MpoolPushMessage(ctx, &types.Message{From: from, To: to, Value: amount}, nil)
	if err != nil {
		return err
	}
	for range 20 {
		if _, err := c.mine(ctx, 1); err != nil {
			return err
		}
		found, err := c.full.StateSearchMsg(ctx, types.EmptyTSK, sent.Cid(), -1, true)
		if err != nil {
			return err
		}
		if found != nil && found.Receipt.ExitCode == 0 {
			return nil
		}
	}
	return errors.New("the money did not arrive")
}
