#!/usr/bin/env bats
# serve --settle: what a deal has paid is on the ledger when the deal is over.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file data 3000
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
	SERVE="RETRIEVAL_HOME='$PWD/provider' RETRIEVAL_KEY='$PWD/provider.key' exec serve --settle"
}

# buy [OPTION...] - retrieve, from a provider that settles; what the provider says is in serve.err.
buy() {
	client retrieve -q --max-total 0.5fil --via "$SERVE 2>>serve.err" "$@"
}

# redeemed CHANNEL - what the vouchers on the ledger pay.
redeemed() {
	json "select(.channel == \"$1\") | .owed" ledger channels --json
}

# channel_of SIDE - the channel of its newest deal.
channel_of() {
	json .channel "$1" deals show @ --json
}

# price - what the newest deal has cost.
price() {
	json .received provider deals show @ --json
}

# SETTLE 6
@test "when a deal is over its voucher is on the ledger, and a channel that is spent is settled" {
	buy content.offer -o copy.car
	cmp content.car copy.car
	channel=$(channel_of provider)
	paid=$(price)
	[ "$paid" -gt 0 ]
	run -0 --separate-stderr provider settle -n "$channel"
	[[ $output == *"settling: $paid afil can be collected from epoch 1440 on"* ]]
	[[ $(<serve.err) == *"$channel submitted the voucher of lane 0, nonce "*": $paid afil more"* ]]
	[[ $(<serve.err) == *"$channel settling: $paid afil can be collected from epoch 1440 on, in 12h"* ]]
}

# open_wide - a channel that holds more than a deal costs.
open_wide() {
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @ --amount 0.01fil
}

# SETTLE 6
@test "a channel with unspent money stays open, and each deal on it is submitted when it is over" {
	open_wide
	finish_deal
	channel=$(channel_of client)
	first=$(price)
	buy --again content.offer -o copy.car
	[ "$(channel_of client)" = "$channel" ]
	second=$(price)
	run -0 --separate-stderr provider channel list
	[[ $output == *"$channel "* ]]
	[[ $output != *settling* ]]
	[[ $output != *"not submitted"* ]]
	[ "$(redeemed "$channel")" = $((first + second)) ]
}

@test "many deals of one connection are all submitted, also when their channels differ" {
	for n in 1 2 3 4 5 6 7 8; do
		make_file "f$n" 2000 "$((n * 1000))"
		pack -q "f$n" -o "f$n.car"
		provider offer -q set "f$n.car" --price 2afil --interval 1KiB --increase 1KiB >"f$n.offer"
	done
	mkdir out
	buy f*.offer -o out/
	total=$(json -s 'map(.funds | tonumber) | add' provider deals list --limit 0 --json)
	[ "$(json -s 'map(.owed | tonumber) | add' ledger channels --json)" = "$total" ]
	run -0 --separate-stderr provider channel list
	[[ $output != *"not submitted"* ]]
}

# SETTLE 6
@test "no failure of settling fails a deal, or keeps the client waiting" {
	mkdir lame
	cp "$(command -v serve)" lame/serve
	for way in 'exit 1' 'echo $$ >hung.pid; exec tail -f /dev/null' 'exec /no/such/program'; do
		printf '#!/bin/sh\n%s\n' "$way" >lame/settle
		chmod +x lame/settle
		SERVE="RETRIEVAL_HOME='$PWD/provider' RETRIEVAL_KEY='$PWD/provider.key' exec $PWD/lame/serve -q --settle"
		run -0 --separate-stderr client retrieve -q --again --max-total 0.5fil --via "$SERVE" content.offer -o copy.car
		cmp content.car copy.car
		rm copy.car
	done
	kill "$(cat hung.pid)"
	[ "$(states provider deals list --json)" = "3 DealStatusCompleted" ]
	run -0 --separate-stderr provider settle --keep-open
	[[ $output == *submitted* ]]
}

@test "a key that is not there is refused before the client is served" {
	run -2 --separate-stderr env RETRIEVAL_HOME="$PWD/provider" serve --settle --key nowhere </dev/null
	[ "$stderr" = "serve: cannot use key 'nowhere', which --settle needs: No such file or directory" ]
	[ -z "$output" ]
}

@test "the settings of serve are those of settling, and with -q the steps are not told" {
	mv ledger elsewhere
	unset RETRIEVAL_LEDGER
	SERVE="exec serve -q --settle --home '$PWD/provider' --key '$PWD/provider.key' --ledger '$PWD/elsewhere'"
	export RETRIEVAL_LEDGER=$PWD/elsewhere
	client retrieve -q --max-total 0.5fil --via "unset RETRIEVAL_LEDGER; $SERVE 2>>serve.err" content.offer -o copy.car
	[ ! -s serve.err ]
	run -0 --separate-stderr provider channel list
	[[ $output == *settling* ]]
}

@test "RETRIEVAL_WHEN holds here too: payments are submitted once they have come together" {
	export RETRIEVAL_WHEN=20000afil
	open_wide
	finish_deal # of 9000 afil, as each of the following
	buy --again content.offer -o copy.car
	channel=$(channel_of client)
	[ "$(redeemed "$channel")" = 0 ]
	buy --again content.offer -o copy.car
	[ "$(redeemed "$channel")" = 27000 ]
}

@test "settle - takes the next step of each channel that standard input names, and a failure of one stops no other" {
	open_wide
	finish_deal
	channel=$(channel_of client)
	printf '%s\n' f0999 "$channel" "" "$channel" >names
	run -1 --separate-stderr provider settle --keep-open - <names
	[ "$(grep -c "$channel submitted the voucher" <<<"$output")" = 1 ]
	[[ $stderr == *"settle: no channel f0999 here"* ]]
	run -0 --separate-stderr provider settle --keep-open - </dev/null
	[ -z "$output$stderr" ]
}
