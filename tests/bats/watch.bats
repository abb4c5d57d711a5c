#!/usr/bin/env bats
# Settling that nobody has to remember: settle --watch.

load common
load common_deal
load common_node
load common_watch

setup() {
	common_setup
	setup_parties --lotus
	make_file data 1000
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
}

teardown() {
	stop_watch
	stop_node
}

# paid_deal [COMMAND...] - a finished deal of 3000 afil through a channel that holds 5000; sets CHANNEL.
paid_deal() {
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @ --amount 5000afil
	finish_deal
	CHANNEL=$(provider channel list | cut -d ' ' -f 1)
}

# SETTLE 5
@test "a watcher submits, answers the payer's settle, collects when it is due, and tells each event in one line" {
	watch provider --keep-open
	paid_deal
	told 1
	[ "$(<watch.log)" = "$CHANNEL submitted the voucher of lane 0, nonce 1: 3000 afil more" ]
	client settle -q @
	told 2
	[ "$(sed -n 2p watch.log)" = "$CHANNEL settling: 3000 afil can be collected from epoch 1440 on, in 1440 epochs (12h)" ]
	ledger -q advance 12h
	told 3
	[ "$(sed -n 3p watch.log)" = "$CHANNEL collected 3000 afil" ]
	stop_watch
	[ ! -s watch.err ]
	[ "$(count cat watch.log)" = 3 ]
	[ "$(ledger balance "$PROVIDER")" = "$PROVIDER 3000 afil" ]
}

# SETTLE 5
@test "vouchers that come while the payer settles are submitted, and the payer's watcher gets the rest" {
	paid_deal
	client settle -q @
	watch provider --keep-open
	told 2
	[ "$(head -n 1 watch.log)" = "$CHANNEL submitted the voucher of lane 0, nonce 1: 3000 afil more" ]
	stop_watch
	ledger -q advance 11h
	watch client --keep-open
	told 1
	[[ $(<watch.log) == "$CHANNEL settling: 2000 afil can be collected from epoch 1440 on, in 120 epochs (1h)"* ]]
	ledger -q advance 1h
	told 2
	[ "$(sed -n 2p watch.log)" = "$CHANNEL collected 2000 afil" ]
	stop_watch
	[ "$(ledger balance "$PROVIDER")" = "$PROVIDER 3000 afil" ]
	[ "$(ledger balance "$CLIENT")" = "$CLIENT 999999999999997000 afil" ]
	run --separate-stderr ledger check
	[ "$status" -eq 0 ]
}

@test "the payer's watcher settles nothing by itself if channels are kept open" {
	paid_deal
	watch client --keep-open
	look_again
	stop_watch
	[ ! -s watch.log ]
	[ ! -s watch.err ]
	run --separate-stderr client channel list
	[[ $output == *"balance 5000 afil"* ]]
	[[ $output != *settling* ]]
}

@test "without --keep-open a channel is settled once its deals are over, and not before" {
	watch provider
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @ --amount 5000afil
	look_again
	[ ! -s watch.log ]
	finish_deal
	told 2
	[[ $(sed -n 2p watch.log) == *" settling: 3000 afil can be collected from epoch 1440 on, in 12h" ]]
}

@test "with --json each event is an object" {
	paid_deal
	watch provider --json
	told 2
	ledger -q advance 12h
	told 3
	stop_watch
	[ "$(json -rs 'map(.step) | join(" ")' cat watch.log)" = "submit settle collect" ]
	[ "$(json -rs 'map(.amount) | join(" ")' cat watch.log)" = "3000 3000 3000" ]
	[ ! -s watch.err ]
}

# SETTLE 5
@test "a ledger that goes away is told once, and once when it is back; what was due is done then" {
	watch provider --keep-open
	look_again
	mv ledger away
	wait_until lines_in watch.err 1
	[ "$(<watch.err)" = "settle: warning: there is no ledger in '$PWD/ledger'; trying again until it works" ]
	RETRIEVAL_LEDGER=$PWD/away paid_deal
	RETRIEVAL_LEDGER=$PWD/away client settle -q @
	mv away ledger
	told 2
	wait_until lines_in watch.err 2
	[[ $(sed -n 2p watch.err) == "settle: the store and the ledger are back, after "*s ]]
	[ "$(head -n 1 watch.log)" = "$CHANNEL submitted the voucher of lane 0, nonce 1: 3000 afil more" ]
	stop_watch
	[ "$(count cat watch.err)" = 2 ]
}

# SETTLE 5
@test "a node that goes away is waited for, also at the start" {
	folder=$RETRIEVAL_LEDGER
	start_node
	export RETRIEVAL_LEDGER=$URL
	paid_deal
	stop_node
	watch provider --keep-open --poll 1s
	wait_until lines_in watch.err 1
	[[ $(<watch.err) == "settle: warning: cannot open the ledger in '$RETRIEVAL_LEDGER': "* ]]
	start_node --listen "127.0.0.1:$PORT" --ledger "$folder"
	told 1
	[ "$(<watch.log)" = "$CHANNEL submitted the voucher of lane 0, nonce 1: 3000 afil more" ]
	stop_node
	wait_until lines_in watch.err 3
	start_node --listen "127.0.0.1:$PORT" --ledger "$folder"
	client settle -q @
	told 2
	ledger -q advance --ledger "$folder" 12h
	told 3
	[ "$(sed -n 3p watch.log)" = "$CHANNEL collected 3000 afil" ]
	wait_until lines_in watch.err 4
	stop_watch
	[ "$(count cat watch.err)" = 4 ]
}

@test "another ledger is refused at the start, and told once in place of the right one" {
	paid_deal
	provider settle -q --keep-open # the store knows its ledger now
	ledger init -q --manual --ledger trial
	RETRIEVAL_LEDGER=$PWD/trial run -2 --separate-stderr provider settle --watch
	[[ $stderr == "settle: '$PWD/provider' belongs to the ledger f-"* ]]
	watch provider --keep-open
	look_again
	mv ledger right && mv trial ledger
	wait_until lines_in watch.err 1
	[[ $(<watch.err) == "settle: warning: '$PWD/provider' belongs to the ledger f-"*"; trying again until it works" ]]
	mv ledger trial && mv right ledger
	wait_until lines_in watch.err 2
	stop_watch
	[ "$(count cat watch.err)" = 2 ]
	[ ! -s watch.log ]
}

@test "a store that is put back or begins later is watched, as it is there now" {
	watch provider --keep-open
	wait_until [ -e provider/data.mdb ]
	paid_deal
	told 1
	cp -a provider copy
	mv provider gone
	wait_until lines_in watch.err 1
	[ "$(<watch.err)" = "settle: warning: there is no store in '$PWD/provider' yet; trying again until it works" ]
	mv copy provider
	wait_until lines_in watch.err 2
	rm -r gone
	client settle -q @
	told 2
	ledger -q advance 12h
	told 3
	[ "$(tail -n 1 watch.log)" = "$CHANNEL collected 3000 afil" ]
}

@test "a second watcher is refused with exit 9, and takes over when the first has ended, also by a kill" {
	watch provider --keep-open
	look_again
	run -9 --separate-stderr provider settle --watch
	[ "$stderr" = "settle: another settle --watch runs with the store in '$PWD/provider'" ]
	[ -z "$output" ]
	kill -KILL "$WATCH"
	run wait "$WATCH"
	watch provider --keep-open
	paid_deal
	told 1
}

@test "SIGTERM, SIGINT and SIGHUP end a watcher at any moment, silently, with exit 0" {
	paid_deal
	for signal in TERM INT HUP; do
		watch provider --keep-open --poll 600s
		wait_until asleep
		kill -s "$signal" "$WATCH"
		WATCH_ENDED=0
		wait "$WATCH" || WATCH_ENDED=$?
		[ "$WATCH_ENDED" -eq 0 ]
		WATCH=
		[ ! -s watch.err ]
	done
}

@test "a watcher that sleeps has neither store nor ledger open, and other commands work beside it" {
	paid_deal
	client settle -q @
	watch provider --keep-open --poll 600s
	told 2
	wait_until asleep
	run -0 --separate-stderr provider channel list
	[[ $output == *"settling until epoch 1440"* ]]
	run -11 --separate-stderr provider settle
	[ "$output" = "$CHANNEL settling: 3000 afil can be collected from epoch 1440 on, in 1440 epochs (12h)" ]
	ledger -q advance 12h
	run -0 --separate-stderr provider settle
	[ "$output" = "$CHANNEL collected 3000 afil" ]
}

@test "a step for which the account has no funds is told once, with what is missing, and taken when the funds are there" {
	rm -r ledger
	ledger -q init --manual --lotus --gas-price 1afil
	ledger -q fund "$CLIENT" 100fil
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @ --amount 5000afil
	finish_deal
	watch provider --keep-open --at-a-loss
	wait_until lines_in watch.err 2
	look_again
	[ "$(grep -c "cannot submit: not enough funds" watch.log)" = 1 ]
	[ "$(count cat watch.log)" = 1 ]
	[[ $(head -n 1 watch.err) == "settle: channel f2"*": not enough in account $PROVIDER: needed "*", short "* ]]
	[ "$(count cat watch.err)" = 2 ]
	ledger -q fund "$PROVIDER" 1fil
	told 2
	[[ $(tail -n 1 watch.log) == *" submitted the voucher of lane 0, nonce 1: 3000 afil more" ]]
}
