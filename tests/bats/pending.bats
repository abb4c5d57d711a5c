#!/usr/bin/env bats
# Messages that wait: a ledger on which nothing happens at once, as on the chain. DELAY epochs pass before a message is executed.

load common
load common_deal
load common_node
load common_kill

DELAY=2

setup() {
	common_setup
	setup_parties --delay "$DELAY"
	make_file data 1000
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
}

# accepted_deal - a deal that waits for its channel.
accepted_deal() {
	client propose -q --max-total 0.1fil "${1:-content.offer}" -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
}

# second_offer - another content, as other.offer.
second_offer() {
	make_file other 1000 5000
	pack -q other -o other.car
	provider offer -q set other.car --price 3afil --interval 1KiB --increase 1KiB >other.offer
}

# arrive - what was sent is executed.
arrive() {
	ledger -q advance "${DELAY}e"
}

# opened_deal - a deal with a channel that holds 5000 afil; sets CHANNEL.
opened_deal() {
	accepted_deal
	run -11 client channel -q open --deal @ --amount 5000afil
	arrive
	client channel -q open --deal @
	CHANNEL=$(client channel list | cut -d ' ' -f 1)
}

# executed WHAT - how many messages of that kind the ledger has executed.
executed() {
	json -s "map(select(.what == \"$1\")) | length" ledger log --json
}

# MONEY 9
@test "a channel on its way is exit 11; the same command sends nothing twice, and goes on when the channel is there" {
	accepted_deal
	run -11 --separate-stderr client channel open --deal @ --amount 5000afil
	[ -z "$output" ]
	[[ $stderr =~ ^channel:\ 5000\ afil\ to\ channel\ (f2[a-z0-9]+)\ are\ sent,\ and\ not\ on\ the\ ledger\ yet\ \(nonce\ 0\)$ ]]
	channel=${BASH_REMATCH[1]}
	[ "$(json .state client deals show @ --json)" = DealStatusPaymentChannelCreating ]
	run -11 --separate-stderr client channel open --deal @ --amount 7000afil
	[ "$(count ledger pending)" = 1 ]
	arrive
	run -0 --separate-stderr client channel open --deal @
	[[ $stderr == "channel: channel $channel, lane 0, for deal "*" (5000 afil)" ]]
	[ "$(executed create)" = 1 ]
	run -0 --separate-stderr inspect --verify client
}

@test "channel list and channel show know a channel that is on its way, and money that is" {
	accepted_deal
	run -11 client channel -q open --deal @ --amount 5000afil
	run -0 --separate-stderr client channel list
	[[ $output == f2*" to $PROVIDER: balance 0 fil, available 0 fil, being created with 5000 afil: not on the ledger yet" ]]
	channel=${output%% *}
	run -0 --separate-stderr client channel show "$channel"
	[[ $output == *"state      being created with 5000 afil: not on the ledger yet"* ]]
	[ "$(json -rs '.[0].arriving' client channel show "$channel" --json)" = 5000 ]
	arrive
	client channel -q open --deal @
	run -11 --separate-stderr client channel add-funds "$channel" 70afil
	[[ $stderr == "channel: 70 afil to channel $channel are sent, and not on the ledger yet (nonce 1)" ]]
	run -0 --separate-stderr client channel list
	[ "$output" = "$channel to $PROVIDER: balance 5000 afil, available 0 fil, open, 70 afil more on the way" ]
	arrive
	run -0 --separate-stderr client channel list
	[ "$output" = "$channel to $PROVIDER: balance 5070 afil, available 70 afil, open" ]
	run -0 --separate-stderr client channel add-funds "$channel" 70afil
	[ "$(executed add-funds)" = 1 ]
}

@test "--wait waits until the message is on the ledger" {
	accepted_deal
	run -11 --separate-stderr client channel open --wait 1s --deal @
	client channel open --wait 60s --deal @ 2>open.log &
	opening=$!
	arrive
	wait "$opening"
	[[ $(<open.log) == "channel: channel f2"*", lane 0, for deal "* ]]
	[ "$(executed create)" = 1 ]
}

# SETTLE 2
@test "a person on a terminal is told once that a command waits, and how long; -q and a pipe say nothing" {
	accepted_deal
	run -11 --separate-stderr client terminal -- bash -c 'channel open --wait 4s --deal @ 2>/dev/tty'
	[ "$(grep -c 'channel: waiting for the ledger, 4s at most; after ctrl-C the same command goes on' <<<"$stderr")" = 1 ]
	run -11 --separate-stderr client terminal -- bash -c 'channel open -q --wait 1s --deal @ 2>/dev/tty'
	[[ $stderr != *waiting* ]]
	run -11 --separate-stderr client channel open --wait 1s --deal @
	[[ $stderr != *waiting* ]]
}

@test "each step of settling waits for its messages, is sent once, and is reported once" {
	opened_deal
	finish_deal
	for _ in 1 2; do
		run -11 --separate-stderr provider settle @
		[ "$output" = "$CHANNEL the voucher of lane 0, nonce 1, is sent, and not on the ledger yet: 3000 afil more" ]
		[ "${stderr_lines[0]}" = "settle: channel $CHANNEL: messages are sent, and not on the ledger yet" ]
	done
	run -0 --separate-stderr provider settle --plan
	[ "${lines[0]}" = "$CHANNEL the voucher of lane 0, nonce 1, is sent, and not on the ledger yet: 3000 afil more" ]
	[ "${lines[1]}" = "$CHANNEL in all: 3000 afil are earned, 3000 afil of them not submitted yet; to the end 2 messages" ]
	[ "${lines[2]}" = "total of 1 channel: 3000 afil are ours, 3000 afil of them not submitted yet; to the end 3000 afil paid" ]
	[ "$(count ledger pending)" = 1 ]
	run -0 --separate-stderr provider channel list
	[[ $output == *", 1 message on the way" ]]
	arrive
	run -11 --separate-stderr provider settle @
	[ "${lines[0]}" = "$CHANNEL submitted the voucher of lane 0, nonce 1: 3000 afil more" ]
	[ "${lines[1]}" = "$CHANNEL the message that begins settling is sent, and not on the ledger yet: 3000 afil can be collected 12h after it" ]
	run -11 --separate-stderr provider settle @
	[ "${#lines[@]}" = 1 ]
	run -0 --separate-stderr provider settle --plan
	[ "${lines[1]}" = "$CHANNEL in all: 3000 afil are earned; to the end 1 message" ]
	arrive
	run -11 --separate-stderr provider settle @
	[ "$output" = "$CHANNEL settling: 3000 afil can be collected from epoch 1446 on, in 1440 epochs (12h)" ]
	ledger -q advance 12h
	for _ in 1 2; do
		run -11 --separate-stderr provider settle @
		[ "$output" = "$CHANNEL the message that collects 3000 afil is sent, and not on the ledger yet" ]
	done
	run -0 --separate-stderr provider settle --plan --json
	[ "$(jq -rs 'map("\(.step) \(.pending) \(.messages)") | join(", ")' <<<"$output")" = "collect true null, summary null 0, total null null" ]
	arrive
	run -0 --separate-stderr provider settle @
	[ "$output" = "$CHANNEL collected 3000 afil" ]
	run -0 --separate-stderr provider settle @
	[ "$output" = "$CHANNEL collected: nothing is left to do" ]
	for what in update settle collect; do
		[ "$(executed "$what")" = 1 ]
	done
	[ "$(ledger balance "$PROVIDER")" = "$PROVIDER 3000 afil" ]
	run -0 --separate-stderr inspect --verify provider
}

@test "settle --wait takes one step after the other" {
	opened_deal
	finish_deal
	provider settle --wait 60s @ >settle.log 2>&1 &
	settling=$!
	for what in update settle; do
		wait_until has_pending "$what"
		arrive
	done
	code=0
	wait "$settling" || code=$?
	[ "$code" = 11 ]
	grep -q "settling: 3000 afil can be collected from epoch 144[0-9] on" settle.log
	grep -q "^$CHANNEL submitted the voucher of lane 0, nonce 1: 3000 afil more$" settle.log
}

# has_pending WHAT - a message of that kind waits.
has_pending() {
	[[ $(ledger pending) == *" $1 "* ]]
}

@test "the payer, who collects first, and the payee, whose message comes too late, both see the end" {
	opened_deal
	finish_deal
	run -11 provider settle -q @
	arrive
	run -11 provider settle -q @
	arrive
	run -11 provider settle -q @
	ledger -q advance 12h
	run -11 client settle -q @
	run -11 provider settle -q @
	arrive
	run -0 --separate-stderr client settle @
	[ "$output" = "$CHANNEL collected 2000 afil" ]
	run -0 --separate-stderr provider settle @
	[ "$output" = "$CHANNEL collected: nothing is left to do" ]
	[ "$(ledger balance "$PROVIDER")" = "$PROVIDER 3000 afil" ]
}

# MONEY 18
@test "money on its way is not there for another message: exit 4 with what is left" {
	opened_deal
	run -11 client channel -q add-funds "$CHANNEL" 0.7fil
	run -4 --separate-stderr client channel add-funds "$CHANNEL" 0.4fil
	[[ $stderr == *"needed 400000000000000000 afil, available 299999999999995000 afil, short 100000000000005000 afil"* ]]
	run -4 --separate-stderr client channel add-funds -n "$CHANNEL" 0.4fil
	[ "$(count ledger pending)" = 1 ]
	arrive
	client channel -q add-funds "$CHANNEL" 0.7fil
	run -11 client channel -q add-funds "$CHANNEL" 0.2fil
	run -0 --separate-stderr inspect --verify client
}

@test "of two deals with one provider the second waits for the channel of the first" {
	second_offer
	accepted_deal
	first=$(json .id client deals show @ --json)
	accepted_deal other.offer
	run -11 client channel -q open --deal "$first"
	run -11 --separate-stderr client channel open --deal @
	[ "$stderr" = "channel: 3000 afil for the channel to $PROVIDER are queued: they are sent once the message before them is on the ledger" ]
	[ "$(count ledger pending)" = 1 ]
	arrive
	client channel -q open --deal "$first"
	run -11 --separate-stderr client channel open --deal @
	[[ $stderr == "channel: 3000 afil to channel f2"* ]]
	arrive
	client channel -q open --deal @
	[ "$(executed create) $(executed add-funds)" = "1 1" ]
	[ "$(count client channel list)" = 1 ]
	run -0 --separate-stderr inspect --verify client
}

# MONEY 9
@test "a message that the ledger has lost is sent again as it was, by its own command and by another deal that needs it" {
	second_offer
	accepted_deal
	first=$(json .id client deals show @ --json)
	accepted_deal other.offer
	cp -a ledger before
	run -11 client channel -q open --deal "$first"
	sent=$(ledger pending --json)
	for deal in "$first" @; do
		rm -r ledger
		cp -a before ledger
		[ -z "$(ledger pending)" ]
		run -11 client channel -q open --deal "$deal"
		[ "$(ledger pending --json)" = "$sent" ]
	done
	arrive
	client channel -q open --deal "$first"
	[ "$(executed create)" = 1 ]
}

# MONEY 18
@test "a message that lost its nonce has moved nothing, is said, and is sent again only by the next run" {
	accepted_deal
	# The message is stored, and another home of the same key is faster.
	cp -a ledger before
	run -11 client channel -q open --deal @ --amount 5000afil
	rm -r ledger
	mv before ledger
	RETRIEVAL_HOME=$PWD/other RETRIEVAL_KEY=$PWD/client.key retrieve -q --max-total 0.1fil --via "RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key serve -q" content.offer -o copy.car || [ "$?" = 11 ]
	# The other message may still be lost: nothing is decided before it is executed.
	run -11 --separate-stderr client channel open --deal @ --amount 5000afil
	[ "$(count ledger pending)" = 1 ]
	arrive
	run -8 --separate-stderr client channel open --deal @ --amount 5000afil
	[[ $stderr == *"another message of our key has used nonce 0: ours was never executed, and none of its money has moved"* ]]
	[ "$(count ledger pending)" = 0 ]
	run -11 --separate-stderr client channel open --deal @ --amount 5000afil
	[[ $stderr == *"(nonce 1)"* ]]
}

# MONEY 18
@test "funds whose message lost its nonce are not added, that is said, and only the next run adds them" {
	opened_deal
	cp -a ledger before
	run -11 client channel -q add-funds "$CHANNEL" 70afil
	rm -r ledger
	mv before ledger
	elsewhere() { RETRIEVAL_HOME=$PWD/other RETRIEVAL_KEY=$PWD/client.key "$@"; }
	elsewhere channel -q import "$CHANNEL"
	run -11 elsewhere channel -q add-funds "$CHANNEL" 1afil
	arrive
	run -8 --separate-stderr client channel add-funds "$CHANNEL" 70afil
	[[ $stderr == *"another message of our key has used nonce 1: ours was never executed, and none of its money has moved"* ]]
	run -11 client channel -q add-funds "$CHANNEL" 70afil
	arrive
	run -0 client channel -q add-funds "$CHANNEL" 70afil
	[ "$(executed add-funds)" = 2 ]
	[ "$(json -r .balance ledger channels --json)" = 5071 ]
}

# retrieve over a ledger on which a channel takes its time
@test "retrieve leaves a channel on its way with exit 11, and the same command buys the content once it is there" {
	serve="RETRIEVAL_HOME=$PWD/provider serve -q"
	run -11 --separate-stderr client retrieve --max-total 0.1fil --via "$serve" --via 'touch never; cat' content.offer -o copy.car
	[[ $stderr == *"3000 afil to channel f2"*" are sent, and not on the ledger yet (nonce 0)"* ]]
	[ ! -e never ]
	[ ! -e copy.car ]
	run -11 --separate-stderr client retrieve -q --max-total 0.1fil --via "$serve" content.offer -o copy.car
	[ "$(count ledger pending)" = 1 ]
	arrive
	run -0 --separate-stderr client retrieve --max-total 0.1fil --via "$serve" content.offer -o copy.car
	cmp content.car copy.car
	[ "$(executed create)" = 1 ]
	[ "$(json .received provider deals show @ --json)" = 3000 ]
}

@test "retrieve --wait holds no connection while it waits, and goes on with the same provider" {
	serve="echo >>served; RETRIEVAL_HOME=$PWD/provider exec serve -q"
	second_offer
	client retrieve --wait 60s --max-total 0.1fil --via "$serve" content.offer other.offer -o "$PWD/out/" 2>buy.log &
	buying=$!
	wait_until has_pending create
	arrive
	wait "$buying"
	[ "$(wc -l <served)" = 2 ]
	[ "$(executed create) $(executed add-funds)" = "1 0" ]
	[ "$(count find out -name '*.car')" = 2 ]
}

@test "a command that fails at once is not tried again while a channel is on its way" {
	run -11 client retrieve -q --max-total 0.1fil --wait 0s --via "RETRIEVAL_HOME=$PWD/provider exec serve -q" content.offer -o copy.car
	for command in 'echo >>tried; exit 1' 'echo >>tried; exit 0' 'echo >>tried; no-such-command'; do
		rm -f tried
		run -5 client retrieve -q --max-total 0.1fil --wait 60s --via "$command" content.offer -o copy.car
		[ "$(wc -l <tried)" = 1 ]
	done
}

@test "a provider that went away while a channel was on its way is asked once" {
	client retrieve -q --max-total 0.1fil --wait 60s content.offer -o copy.car 2>buy.log \
		--via "echo >>tried; [ \$(wc -l <tried) = 1 ] && exec env RETRIEVAL_HOME=$PWD/provider serve -q; exit 1" &
	buying=$!
	wait_until has_pending create
	arrive
	code=0
	wait "$buying" || code=$?
	[ "$code" = 5 ]
	[ "$(wc -l <tried)" = 2 ]
}

# by_node COMMAND... - run a command whose ledger is the node.
by_node() {
	RETRIEVAL_LEDGER=$URL "$@"
}

teardown() {
	stop_node
}

@test "a deal is bought and paid out through a node, step by step, each step once" {
	rm -r ledger provider client.key provider.key
	setup_parties --delay "$DELAY" --lotus
	ledger -q fund "$PROVIDER" 1fil
	start_node
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
	serve="RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key serve -q"
	run -11 by_node client retrieve --max-total 0.1fil --wait 0s --via "$serve" content.offer -o copy.car
	run -0 --separate-stderr by_node client channel list
	[[ $output == *"being created with 3000 afil: not on the ledger yet" ]]
	arrive
	run -0 by_node client retrieve -q --max-total 0.1fil --wait 0s --via "$serve" content.offer -o copy.car
	cmp content.car copy.car
	for _ in {1..9}; do
		code=0
		by_node provider settle >>settle.log 2>&1 || code=$?
		[ "$code" = 11 ] || break
		ledger -q advance 6h
	done
	[ "$code" = 0 ]
	grep -q "collected 3000 afil$" settle.log
	for what in create update settle collect; do
		[ "$(executed "$what")" = 1 ]
	done
	[ "$(ledger balance "$PROVIDER")" = "$PROVIDER 1000000000000003000 afil" ]
}

kill_opening() {
	client killed "$1" "$2" channel open --deal @ --amount 5000afil
}
# The channel opens, whatever was done before the kill, with one message.
finish_opening() {
	local code=0

	client channel -q open --deal @ --amount 5000afil 2>/dev/null || code=$?
	[ "$code" = 11 ] && [ "$(count ledger pending)" = 1 ] && arrive &&
		client channel -q open --deal @ &&
		[ "$(executed create) $(executed add-funds)" = "1 0" ] &&
		[ "$(ledger balance "$CLIENT")" = "$CLIENT 999999999999995000 afil" ] &&
		inspect --verify client >/dev/null
}

# MONEY 9
@test "a channel that is killed between store, push and answer is created once" {
	accepted_deal
	at_each_call kill_opening finish_opening
}

kill_adding() {
	client killed "$1" "$2" channel add-funds "$CHANNEL" 70afil
}
# The funds arrive once.
finish_adding() {
	local code=0

	client channel -q add-funds "$CHANNEL" 70afil 2>/dev/null || code=$?
	[ "$code" = 11 ] && [ "$(count ledger pending)" = 1 ] && arrive &&
		client channel -q add-funds "$CHANNEL" 70afil && client channel -q add-funds "$CHANNEL" 70afil &&
		[ "$(executed add-funds)" = 1 ] && inspect --verify client >/dev/null
}

# INVARIANT 27
@test "funds that are killed between store, push and answer are added once" {
	opened_deal
	at_each_call kill_adding finish_adding
}

kill_confirming() {
	client killed "$1" "$2" channel open --deal @
}
finish_confirming() {
	client channel -q open --deal @ && [ "$(executed create)" = 1 ] && [ "$(count client channel list)" = 1 ] &&
		inspect --verify client >/dev/null
}

@test "a channel that is killed when its message is final is there once" {
	accepted_deal
	run -11 client channel -q open --deal @ --amount 5000afil
	arrive
	at_each_call kill_confirming finish_confirming
}

kill_settling() {
	provider killed "$1" "$2" settle @
}
# All steps of settling, until the channel is collected.
finish_settling() {
	local code

	: >settle.log
	for _ in {1..9}; do
		code=0
		provider settle @ >>settle.log 2>&1 || code=$?
		[ "$code" != 0 ] || break
		[ "$code" = 11 ] && ledger -q advance 6h || return
	done
	[ "$code" = 0 ] && [ "$(executed update) $(executed settle) $(executed collect)" = "1 1 1" ] &&
		[ "$(ledger balance "$PROVIDER")" = "$PROVIDER 3000 afil" ] && inspect --verify provider >/dev/null
}

# SETTLE 2
@test "settling that is killed between store, push and answer sends each message once" {
	opened_deal
	finish_deal
	at_each_call kill_settling finish_settling
	run -11 provider settle -q @
	arrive
	at_each_call kill_settling finish_settling
	run -11 provider settle -q @
	ledger -q advance 13h
	at_each_call kill_settling finish_settling
}
