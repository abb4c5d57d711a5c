package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/filecoin-project/go-address"
	"github.com/filecoin-project/go-state-types/abi"
	"github.com/filecoin-project/go-state-types/big"

	"github.com/filecoin-project/lotus/chain/actors/builtin/paych"
)

// control answers those who test, in plain text:
//
//	/mine?epochs=N           mine; the height
//	/every?pause=50ms        mine an epoch each time that much time has passed, until /every?pause=0s
//	/fund?to=ADDRESS&amount=ATTOFIL
//	/requests                the methods called since the last time, one a line
//	/take-voucher?voucher=TEXT
//	                         give a voucher to the node's own channel manager; the amount by which its lane has grown
//	/make-voucher?channel=ADDRESS&lane=N&amount=ATTOFIL
//	                         have the node's own channel manager sign a voucher; the voucher as text
func (c *chain) control(calls *requests) http.Handler {
	mux := http.NewServeMux()
	for path, do := range map[string]func(*http.Request) (string, error){
		"/mine":         c.answerMine,
		"/every":        c.answerEvery,
		"/fund":         c.answerFund,
		"/take-voucher": c.answerTakeVoucher,
		"/make-voucher": c.answerMakeVoucher,
		"/requests":     func(*http.Request) (string, error) { return strings.Join(calls.take(), "\n"), nil },
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			text, err := do(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			_, _ = fmt.Fprintln(w, text)
		})
	}
	return mux
}

func (c *chain) answerMine(r *http.Request) (string, error) {
	epochs, err := strconv.ParseInt(r.FormValue("epochs"), 10, 64)
	if err != nil {
		return "", err
	}
	height, err := c.mine(r.Context(), abi.ChainEpoch(epochs))
	return strconv.FormatInt(int64(height), 10), err
}

func (c *chain) answerEvery(r *http.Request) (string, error) {
	pause, err := time.ParseDuration(r.FormValue("pause"))
	if err == nil {
		c.every(pause)
	}
	return "", err
}

func (c *chain) answerFund(r *http.Request) (string, error) {
	to, err := address.NewFromString(r.FormValue("to"))
	if err != nil {
		return "", err
	}
	amount, err := big.FromString(r.FormValue("amount"))
	if err != nil {
		return "", err
	}
	return "", c.fund(r.Context(), to, amount)
}

func (c *chain) answerTakeVoucher(r *http.Request) (string, error) {
	voucher, err := paych.DecodeSignedVoucher(r.FormValue("voucher"))
	if err != nil {
		return "", err
	}
	delta, err := c.full.PaychVoucherAdd(r.Context(), voucher.ChannelAddr, voucher, nil, big.Zero())
	if err != nil {
		return "", err
	}
	return delta.String(), nil
}

func (c *chain) answerMakeVoucher(r *http.Request) (string, error) {
	channel, err := address.NewFromString(r.FormValue("channel"))
	if err != nil {
		return "", err
	}
	lane, err := strconv.ParseUint(r.FormValue("lane"), 10, 64)
	if err != nil {
		return "", err
	}
	amount, err := big.FromString(r.FormValue("amount"))
	if err != nil {
		return "", err
	}
	made, err := c.full.PaychVoucherCreate(r.Context(), channel, amount, lane)
	if err != nil {
		return "", err
	}
	if made.Voucher == nil {
		return "", fmt.Errorf("the channel lacks %s", made.Shortfall)
	}
	var encoded bytes.Buffer
	if err := made.Voucher.MarshalCBOR(&encoded); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(encoded.Bytes()), nil
}
