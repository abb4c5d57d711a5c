#!/usr/bin/env bats

load common

setup() {
	common_setup
}

A=f1atfzrj3jyysru33nz3yvfnxozcuiys36s2pyfry
B=f1hdd76sfuiep3wfzit46plbmq5snsqayfxs46c6y

@test "an option of another verb is refused" {
	ledger -q init --manual
	run --separate-stderr ledger head --follow
	[ "$status" -eq 2 ]
	[ "$stderr" = "ledger: head does not take --follow" ]
}

@test "too many or too few arguments show the verb's usage" {
	ledger -q init --manual
	run --separate-stderr ledger fund $A 1 fil
	[ "$status" -eq 2 ]
	[ "$stderr" = "ledger: wrong number of arguments: usage: ledger fund ADDRESS AMOUNT" ]
	run --separate-stderr ledger advance
	[ "$status" -eq 2 ]
}

@test "init makes a ledger, and never overwrites one" {
	run --separate-stderr ledger init --manual
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$stderr" = "ledger: new ledger in $RETRIEVAL_LEDGER: epochs move by ledger advance only" ]
	run --separate-stderr ledger init
	[ "$status" -eq 1 ]
	[[ $stderr == *"already: a ledger is never overwritten" ]]
}

@test "messages of a ledger with a delay wait, and none waits at first" {
	run --separate-stderr ledger init --manual --delay 2
	[ "$status" -eq 0 ]
	[ "$stderr" = "ledger: new ledger in $RETRIEVAL_LEDGER: epochs move by ledger advance only, messages wait 2 epochs" ]
	run --separate-stderr ledger pending
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	run --separate-stderr ledger init --json --ledger other --manual --delay 1 --lotus
	[ "$status" -eq 0 ]
	[[ $output == *'"delay":1,"lotus":true,"gas_price":"0","finality":0}' ]]
}

@test "a dry run of init makes nothing" {
	run --separate-stderr ledger init -n
	[ "$status" -eq 0 ]
	[[ $stderr == "ledger: would make a ledger"* ]]
	[ ! -e "$RETRIEVAL_LEDGER" ]
}

@test "a ledger that is not manual follows the clock from its making on" {
	ledger -q init
	run --separate-stderr ledger head
	[ "$status" -eq 0 ]
	[ "$output" = "epoch 0, next in 30s" ]
	run --separate-stderr ledger head --clock 1700000100
	[ "$output" = "epoch 3, next in 20s" ]
	run --separate-stderr ledger head --json --clock 1700000100
	[ "$output" = '{"epoch":3,"manual":false,"next_in":20}' ]
	[ -z "$stderr" ]
}

@test "a manual ledger does not follow the clock" {
	ledger -q init --manual
	run --separate-stderr ledger head --clock 1800000000
	[ "$status" -eq 0 ]
	[ "$output" = "epoch 0" ]
}

@test "advance takes hours, minutes, seconds, days and epochs, rounded up to whole epochs" {
	ledger -q init --manual
	run --separate-stderr ledger advance 12h
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$stderr" = "ledger: advanced 1440 epochs (12h), to epoch 1440" ]
	ledger -q advance 31s
	ledger -q advance 1m
	ledger -q advance 2d
	ledger -q advance 100e
	run --separate-stderr ledger head
	[ "$output" = "epoch $((1440 + 2 + 2 + 5760 + 100))" ]
}

@test "advance goes to an epoch, and there again for nothing, but never back" {
	ledger -q init --manual
	ledger -q advance @50
	run --separate-stderr ledger advance @50
	[ "$status" -eq 0 ]
	run --separate-stderr ledger advance @49
	[ "$status" -eq 8 ]
	[ "$stderr" = "ledger: time does not go back: the ledger is at epoch 50" ]
	run --separate-stderr ledger log
	[ "${#lines[@]}" -eq 1 ]
}

@test "a duration without a unit is a usage error" {
	ledger -q init --manual
	run --separate-stderr ledger advance 12
	[ "$status" -eq 2 ]
	[[ $stderr == "ledger: '12' is not a duration"* ]]
	run --separate-stderr ledger advance @x
	[ "$status" -eq 2 ]
	run --separate-stderr ledger advance 999999999999d
	[ "$status" -eq 2 ]
}

@test "fund creates money, which adds up" {
	ledger -q init --manual
	run --separate-stderr ledger fund $A 1fil
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$stderr" = "ledger: funded $A: it has 1 fil" ]
	ledger -q fund $A 2afil
	run --separate-stderr ledger balance $A
	[ "$output" = "$A 1000000000000000002 afil" ]
}

@test "a dry run of fund changes nothing" {
	ledger -q init --manual
	run --separate-stderr ledger fund -n $A 1fil
	[ "$status" -eq 0 ]
	[ "$stderr" = "ledger: would fund $A: it would have 1 fil" ]
	run --separate-stderr ledger log
	[ -z "$output" ]
}

@test "an amount without a unit, or that is none, is a usage error" {
	ledger -q init --manual
	for amount in 1 -1fil 1e9 1.fil "" "$(printf '9%.0s' {1..400})fil"; do
		run --separate-stderr ledger fund -- $A "$amount"
		[ "$status" -eq 2 ]
		[ -z "$output" ]
	done
}

@test "an address that is mistyped or none is refused with 6" {
	ledger -q init --manual
	run --separate-stderr ledger fund f1btfzrj3jyysru33nz3yvfnxozcuiys36s2pyfry 1fil
	[ "$status" -eq 6 ]
	[[ $stderr == *"is mistyped: the checksum of the address does not match" ]]
	run --separate-stderr ledger fund me 1fil
	[ "$status" -eq 6 ]
	run --separate-stderr ledger balance $A me
	[ "$status" -eq 6 ]
	[ -z "$output" ]
}

@test "a test network writes its addresses with t" {
	ledger -q init --manual --network t
	ledger -q fund t${A#f} 1fil
	run --separate-stderr ledger balance
	[ "$output" = "t${A#f} 1 fil" ]
	run --separate-stderr ledger init --ledger other --network x
	[ "$status" -eq 2 ]
}

@test "both letters name one account: what any program shows, any other takes" {
	ledger -q init --manual --network t
	keygen -q -o client.key
	keygen -q -o provider.key
	run -0 --separate-stderr ledger fund -q "$(address_of client.key)" 1fil
	run -0 --separate-stderr ledger fund -q t${A#f} 2fil
	run -0 --separate-stderr ledger fund -q $A 1fil
	run -0 --separate-stderr ledger balance $A t${A#f}
	[ "$output" = "t${A#f} 3 fil"$'\n'"t${A#f} 3 fil" ]
	make_file content 100K
	pack -q content -o content.car
	provider offer -q set content.car --price 2afil >content.offer
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @
	channel=$(client deals show @ --json | jq -r .channel)
	run -0 --separate-stderr ledger balance "$channel"
	run -0 --separate-stderr client channel show "$channel"
	run -0 --separate-stderr client channel show "t${channel#?}"
}

@test "balance shows all accounts, or those that are named; an unknown one has nothing" {
	ledger -q init --manual
	ledger -q fund $A 1fil
	ledger -q fund $B 3afil
	run --separate-stderr ledger balance
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	run --separate-stderr ledger balance --json $B
	[ "$output" = "{\"address\":\"$B\",\"balance\":\"3\"}" ]
	run --separate-stderr ledger balance f0123
	[ "$output" = "f0123 0 fil" ]
}

@test "place puts a channel at its address, once, and the books still balance" {
	ledger -q init --manual
	ledger -q fund $A 1fil
	run --separate-stderr ledger place f0100 $A $B 5afil
	[ "$status" -eq 0 ]
	[ "$stderr" = "ledger: placed channel f0100 with 5 afil" ]
	run --separate-stderr ledger place f0100 $A $B 5afil
	[ "$status" -eq 1 ]
	[ "$stderr" = "ledger: f0100 is on the ledger already" ]
	run --separate-stderr ledger channels
	[ "$output" = "f0100 from $A to $B: balance 5 afil, owed 0 fil, open" ]
	run --separate-stderr ledger balance f0100
	[ "$output" = "f0100 5 afil" ]
	run --separate-stderr ledger check
	[ "$status" -eq 0 ]
	[ "$output" = "the books balance: 1000000000000000005 afil funded, 1000000000000000005 afil in accounts and channels" ]
}

@test "a channel can't be funded out of nothing" {
	ledger -q init --manual
	ledger -q place f0100 $A $B 5afil
	run --separate-stderr ledger fund f0100 1fil
	[ "$status" -eq 6 ]
	[ "$stderr" = "ledger: f0100 is an actor: only accounts can be funded here" ]
}

@test "the log has every change, in order, from the entry asked for" {
	ledger -q init --manual
	ledger -q fund $A 1fil
	ledger -q advance 10e
	ledger -q fund $B 2afil
	run --separate-stderr ledger log
	[ "${lines[0]}" = "0 epoch 0 fund to $A 1 fil" ]
	[ "${lines[1]}" = "1 epoch 10 advance" ]
	[ "${lines[2]}" = "2 epoch 10 fund to $B 2 afil" ]
	run --separate-stderr ledger log --from 2 --json
	[ "$output" = "{\"entry\":\"2\",\"epoch\":10,\"what\":\"fund\",\"to\":\"$B\",\"value\":\"2\",\"exit\":0}" ]
}

@test "watch prints new entries as they come, and ends cleanly when it is told to" {
	ledger -q init --manual
	ledger -q fund $A 1fil
	ledger watch >watched 2>errors 3>&- &
	watcher=$!
	wait_until lines_in watched 1
	ledger -q fund $B 2afil
	wait_until lines_in watched 2
	kill -TERM "$watcher"
	wait "$watcher"
	[ "$(sed -n 2p watched)" = "1 epoch 0 fund to $B 2 afil" ]
	[ ! -s errors ]
}

@test "a log that nobody reads any more ends" {
	ledger -q init --manual
	ledger -q fund $A 1fil
	mkfifo pipe
	timeout 10 ledger log -f >pipe 2>errors 3>&- &
	follower=$!
	head -n 1 pipe >/dev/null
	ended=0
	wait "$follower" || ended=$?
	[ "$ended" -eq 5 ]
	[ "$(cat errors)" = "ledger: the reader of the output went away" ]
}

@test "a full disk is not success" {
	ledger -q init --manual
	run --separate-stderr bash -c 'ledger head >/dev/full'
	[ "$status" -eq 10 ]
	[[ $stderr == "ledger: cannot write the output: "* ]]
}

@test "a file in the place of the ledger is refused and left alone" {
	echo precious >"$RETRIEVAL_LEDGER"
	run --separate-stderr ledger init
	[ "$status" -eq 10 ]
	[ "$stderr" = "ledger: cannot make the ledger in '$RETRIEVAL_LEDGER': Not a directory" ]
	[ "$(cat "$RETRIEVAL_LEDGER")" = precious ]
}

@test "a damaged ledger is never shown as a sound one" {
	ledger -q init --manual
	ledger -q fund $A 1fil
	truncate -s 5000 "$RETRIEVAL_LEDGER/data.mdb"
	run --separate-stderr ledger check
	[ "$status" -eq 7 ]
	[ -z "$output" ]
}
