#!/usr/bin/env bats
#
# The forgetful provider: a deal is complete, nobody types anything at the provider, the payer settles, 13 hours pass.
# All money is there, to the last attoFIL. On a ledger in a folder, and on one that is served as a node.

load common
load common_deal
load common_node
load common_watch

PRICE=9000 # attoFIL of the deal; the channel has 5000 more

setup() {
	common_setup
}

teardown() {
	stop_watch
	stop_node
}

# begin FOLDER|NODE [OPTION...] - two parties, and an offer; the ledger is a folder or a node, made with the options.
begin() {
	local kind=$1

	shift
	setup_parties --lotus "$@"
	FOLDER=$RETRIEVAL_LEDGER
	make_file data 3000
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
	[ "$kind" = FOLDER ] || { start_node && export RETRIEVAL_LEDGER=$URL; }
}

# keeper VERB... - the keeper of the ledger, beside the node.
keeper() {
	ledger --ledger "$FOLDER" "$@"
}

# deal [OPTION...] - a client buys through serve, over a channel that has more than the price; the options are for serve.
deal() {
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --wait 0s --deal @ --amount $((PRICE + 5000))afil || keeper -q advance 2e
	client channel -q open --wait 0s --deal @ --amount $((PRICE + 5000))afil
	client retrieve -q --max-total 0.1fil --via "RETRIEVAL_HOME='$PWD/provider' RETRIEVAL_KEY='$PWD/provider.key' \
		exec serve -q $*" content.offer -o copy.car
	cmp content.car copy.car
	[ "$(state provider)" = DealStatusCompleted ]
	CHANNEL=$(json .channel client deals show @ --json)
}

# payer_settles - the payer begins to settle: from here on the time runs.
payer_settles() {
	client settle -q @ || { [ $? = 11 ] && keeper -q advance 2e; }
	[ "$(json .settling_at keeper channels --json)" -gt 0 ]
}

# all_is_there - what the deal was worth is the provider's, the rest is the client's, and no channel holds anything.
all_is_there() {
	[ "$(json .balance keeper balance --json "$PROVIDER")" = "$PRICE" ]
	[ "$(json .balance keeper balance --json "$CLIENT")" = $((10 ** 18 - PRICE)) ]
	[ -z "$(keeper channels)" ]
	run -0 --separate-stderr keeper check
	run -0 --separate-stderr provider inspect --verify provider
}

# hour_by_hour COMMAND... - 13 hours, with the command at each hour.
hour_by_hour() {
	local code

	for _ in {1..13}; do
		keeper -q advance 1h
		code=0
		"$@" >>runs 2>&1 || code=$?
		[ "$code" = 0 ] || [ "$code" = 11 ]
	done
}

# advance_until N - time passes, epoch by epoch, until the watcher has told N events.
advance_until() {
	for _ in {1..60}; do
		! lines_in watch.log "$1" || return 0
		keeper -q advance 2e
		look_again
	done
	false
}

# SETTLE 5
@test "with a watcher, nobody types anything and all money is there" {
	begin FOLDER
	watch provider --keep-open
	deal
	told 1
	payer_settles
	told 2
	keeper -q advance 13h
	told 3
	all_is_there
}

# SETTLE 5
@test "with a watcher that starts only when the payer has settled, in the last hour, all money is there" {
	begin FOLDER
	deal
	payer_settles
	keeper -q advance 11h
	watch provider --keep-open
	told 2
	keeper -q advance 2h
	told 3
	all_is_there
}

@test "with the command of the timer, run each hour, all money is there" {
	begin FOLDER
	deal
	payer_settles
	hour_by_hour provider settle --keep-open
	grep -q "$CHANNEL collected $PRICE afil" runs
	all_is_there
}

# SETTLE 6
@test "with serve --settle alone, the payer who collects pays all to the provider" {
	begin FOLDER
	deal --settle
	payer_settles
	keeper -q advance 13h
	client settle -q @
	all_is_there
}

# SETTLE 5
@test "with a watcher on a node, all money is there" {
	begin NODE
	watch provider --keep-open --poll 1s
	deal
	told 1
	payer_settles
	told 2
	keeper -q advance 13h
	told 3
	all_is_there
}

# SETTLE 5
@test "with a watcher on a node where messages wait, all money is there" {
	begin NODE --delay 2
	deal
	payer_settles
	watch provider --keep-open --poll 1s
	advance_until 3 # the voucher is sent, then submitted; the delay
	keeper -q advance 13h
	told 4
	advance_until 5 # the message that collects is sent, then done
	all_is_there
}

@test "with the command of the timer on a node where messages wait, all money is there" {
	begin NODE --delay 2
	deal
	payer_settles
	hour_by_hour provider settle --keep-open
	keeper -q advance 1h
	provider settle --keep-open >>runs
	grep -q "$CHANNEL collected $PRICE afil" runs
	all_is_there
}

# SETTLE 6
@test "with serve --settle alone on a node, the payer who collects pays all to the provider" {
	begin NODE --delay 2
	deal --settle
	keeper -q advance 2e
	payer_settles
	keeper -q advance 13h
	client settle -q @ || [ $? = 11 ]
	keeper -q advance 2e
	all_is_there
}

@test "with nothing of all this, the money is lost, and that is told" {
	begin FOLDER
	deal
	payer_settles
	keeper -q advance 13h
	run -1 --separate-stderr provider settle
	[[ $stderr == *"$PRICE afil are lost"* ]]
}
