#!/usr/bin/env bats
# node-deal.bats - deals that are paid through a node: the parties know a URL, the node has the ledger's folder.

load common
load common_deal
load common_node

setup() {
	common_setup
	ledger -q init --manual --lotus
	keygen -q --seed 1 -o client.key
	keygen -q --seed 2 -o provider.key
	CLIENT=$(address_of client.key)
	PROVIDER=$(address_of provider.key)
	ledger -q fund "$CLIENT" 1fil
	make_file file 100000
	offer_file file --price 2afil --interval 10KiB --increase 10KiB
	FOLDER=$RETRIEVAL_LEDGER
	start_node
	export RETRIEVAL_LEDGER=$URL
}

teardown() {
	kill -CONT "$NODE" # a test may have halted it
	stop_node
}

# keeper VERB... - ledger VERB on the folder behind the node.
keeper() {
	ledger --ledger "$FOLDER" "$@"
}

# buy [OPTION...] - the client buys the file from the provider, both with the node as their ledger.
buy() {
	client retrieve -q --max-total 0.1fil "$@" content.offer \
		--via "env RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key serve -q"
}

# entries WHAT - how many entries of the ledger's log are WHAT.
entries() {
	json -rs "map(select(.what == \"$1\")) | length" keeper log --json
}

# propose_deal - a deal that both sides have accepted, and that waits for its channel.
propose_deal() {
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
}

@test "a node tells the balance of an account or channel, and without arguments that of our own key" {
	run -0 --separate-stderr client ledger balance
	[ "$output" = "$CLIENT 1 fil" ]
	run -0 --separate-stderr ledger balance "$PROVIDER" "$CLIENT" --json
	[ "$(jq -rs 'map("\(.address) \(.balance)") | join("; ")' <<<"$output")" = "$PROVIDER 0; $CLIENT 1000000000000000000" ]
	propose_deal
	client channel -q open --deal @ --wait 0s || [ $? = 11 ]
	client channel -q open --deal @
	channel=$(json -r .channel client channel list --json)
	run -0 --separate-stderr ledger balance "$channel"
	[ "$output" = "$channel $(json -r .balance client channel list --json) afil" ]
	run -2 --separate-stderr ledger balance
	[[ $stderr == "ledger: "*key* ]]
	run -6 --separate-stderr ledger balance "$CLIENT" "${CLIENT%?}x"
	[ -z "$output" ]
}

@test "a deal is opened, paid, settled and collected through a node" {
	run -0 --separate-stderr buy -o copy.car
	[ -z "$stderr" ]
	cmp content.car copy.car
	run -0 --separate-stderr provider settle -q
	keeper advance -q 12h
	run -0 --separate-stderr provider settle -q
	[ "$(json -r .balance keeper balance "$PROVIDER" --json)" = "$(json -r .funds client deals list --json)" ]
	run -0 keeper check
	run -0 provider inspect --verify provider
	run -0 client inspect --verify client
	stop_node
	[ ! -s node.err ]
}

@test "a home may go from the folder of a ledger to the node before it, and back" {
	run -0 buy -o 1.car
	RETRIEVAL_LEDGER=$FOLDER run -0 buy -o 2.car --again
	run -0 buy -o 3.car --again
	[ "$(entries create)" = 1 ]
	[ "$(count client deals list)" = 3 ]
	RETRIEVAL_LEDGER=$FOLDER run -0 provider settle -q
	keeper advance -q 12h
	run -0 provider settle -q
	run -0 keeper check
}

@test "a key that lost its store finds its channel again by the numbers of its messages" {
	run -0 buy -o 1.car
	rm -r client
	run -0 buy -o 2.car
	[ "$(entries create)" = 1 ]
}

@test "an account that can't pay is exit 4, with the amounts" {
	propose_deal
	rm client.key
	keygen -q --seed 3 -o client.key
	run -4 --separate-stderr client channel open --deal @
	[[ $stderr == "channel: not enough in account $(address_of client.key): needed "*" afil, available 0 afil, short "*" afil" ]]
	[ "$(entries create)" = 0 ]
}

@test "a node without the right to push refuses, and the same command goes on with the token" {
	stop_node
	RETRIEVAL_LEDGER=$FOLDER
	(umask 077 && echo sesame >token)
	start_node --token token
	export RETRIEVAL_LEDGER=$URL
	propose_deal
	run -2 --separate-stderr client channel open --deal @
	[[ $stderr == *"missing permission"* ]]
	[ "$(entries create)" = 0 ]
	run -0 client channel -q open --deal @ --ledger-token token
	[ "$(entries create)" = 1 ]
}

@test "a node that goes away is exit 10, and the same command goes on" {
	propose_deal
	stop_node
	run -10 --separate-stderr client channel open --deal @
	RETRIEVAL_LEDGER=$FOLDER start_node
	RETRIEVAL_LEDGER=$URL run -0 client channel -q open --deal @
	[ "$(entries create)" = 1 ]
}

# accepted N - a deal over a content of its own, which waits for its channel; sets PRICE to what it costs.
accepted() {
	make_file "file$1" 1000 "$1"
	offer_file "file$1" --price 2afil --interval 1KiB --increase 1KiB
	PRICE=$(json -r .total client propose --json --max-total 0.5fil content.offer -o 1.frames)
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
}

# open_killed CALL - open channels for deals, killed at the first CALL, then at the second, and so on, until one lives.
open_killed() {
	local n code total=0

	export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" # the leak check does not work below strace
	for n in {1..99}; do
		accepted "$n"
		code=0
		client strace -f -qq -o /dev/null -e "trace=$1" -e "inject=$1:signal=KILL:when=$n" \
			channel -q open --deal @ || code=$?
		[ "$code" = 0 ] || [ "$code" = 137 ]
		client channel -q open --deal @
		total=$((total + PRICE))
		[ "$(json -r .balance keeper channels --json)" = "$total" ]
		[ "$code" = 137 ] || break
	done
	[ "$n" -ge 8 ]
	run -0 keeper check
	run -0 client inspect --verify client
}

@test "channel open, killed before each request to the node, funds each deal once" {
	command -v strace || skip "no strace"
	open_killed sendto
}

@test "channel open, killed after each request to the node, funds each deal once" {
	command -v strace || skip "no strace"
	open_killed recvfrom
}

@test "a message that waits on the chain is exit 11, and the same command goes on when it is executed" {
	stop_node
	rm -r "$FOLDER"
	ledger -q init --manual --lotus --delay 2 --ledger "$FOLDER"
	keeper fund -q "$CLIENT" 1fil
	RETRIEVAL_LEDGER=$FOLDER
	start_node
	export RETRIEVAL_LEDGER=$URL
	propose_deal
	run -11 --separate-stderr client channel open --deal @ --wait 0s
	[[ $stderr == *"are sent, and not on the ledger yet (nonce 0)" ]]
	run -11 --separate-stderr client channel open --deal @ --wait 0s
	[ "$(count keeper pending)" = 1 ]
	keeper advance -q 2e
	run -0 --separate-stderr client channel open -q --deal @ --wait 0s
	[ "$(entries create)" = 1 ]
	finish_deal
	run -11 --separate-stderr provider settle -q
	keeper advance -q 2e
	run -11 --separate-stderr provider settle -q
	keeper advance -q 2e
	run -11 --separate-stderr provider settle -q
	keeper advance -q 12h
	run -11 --separate-stderr provider settle -q
	keeper advance -q 2e
	run -0 --separate-stderr provider settle -q
	[ "$(json -r .balance keeper balance "$PROVIDER" --json)" = "$(json -r .funds client deals list --json)" ]
	run -0 keeper check
}

@test "a signal ends retrieve at once while a node does not answer; the same command goes on" {
	serve="kill -STOP $NODE; touch frozen; exec env RETRIEVAL_LEDGER=$FOLDER RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key serve -q"
	RETRIEVAL_HOME=$PWD/client RETRIEVAL_KEY=$PWD/client.key retrieve -q --max-total 0.1fil content.offer \
		-o copy.car --via "$serve" 2>buy.log &
	buying=$!
	wait_until test -e frozen
	SECONDS=0
	kill -TERM "$buying"
	code=0
	wait "$buying" || code=$?
	waited=$SECONDS
	kill -CONT "$NODE"
	[ "$code" = 143 ]
	[ "$waited" -lt 15 ]
	grep -q "stopped; everything received is kept" buy.log
	run -0 buy -o copy.car
	cmp content.car copy.car
}

# MONEY 22
@test "the conditions of a voucher are judged by the node: its secret, and its time" {
	local hash voucher

	client channel -q open --to "$PROVIDER" --amount 5000afil
	keeper advance -q @10
	printf sesame >secret
	hash=$(b2sum -l 256 secret)
	voucher=$(client make-voucher -q --channel f2 --lane 0 --amount 700afil --max-total 1fil --secret-hash "${hash%% *}")
	run -8 provider channel import "$voucher"
	provider channel -q import --secret secret "$voucher"
	run -8 --separate-stderr provider channel import "$(client make-voucher -q --channel f2 --lane 1 --amount 30afil --max-total 1fil --time-lock-max @1)"
	[[ $stderr == "channel: voucher refused: the ledger would refuse it: this voucher has expired!" ]]
	provider channel -q import "$(client make-voucher -q --channel f2 --lane 2 --amount 300afil --max-total 1fil --time-lock-min @500)"
	keeper advance -q @500
	provider settle -q f2 --at-a-loss >settled || [ $? = 11 ]
	[ "$(json -rs '.[0].submitted' provider channel show f2 --json)" = 1000 ]
	run -0 inspect --verify provider
}
