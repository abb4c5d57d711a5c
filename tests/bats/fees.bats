#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031
# fees.bats - a ledger on which gas has a price: what messages pay, and those that wait for a better price.

load common
load common_deal
load common_node
load common_kill

setup() {
	common_setup
}

# setup_fees [OPTION...] - a ledger on which gas costs 1000 afil a unit, two parties with money, and an offer.
setup_fees() {
	ledger -q init --manual --lotus --gas-price 1000afil "$@"
	keygen -q --seed 1 -o client.key
	keygen -q --seed 2 -o provider.key
	CLIENT=$(address_of client.key)
	PROVIDER=$(address_of provider.key)
	ledger -q fund "$CLIENT" 1fil
	ledger -q fund "$PROVIDER" 0.1fil
	make_file data 1000
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
	FOLDER=$RETRIEVAL_LEDGER
}

teardown() {
	stop_node
}

# keeper VERB... - ledger VERB on the folder, whether a node is before it or not.
keeper() {
	ledger --ledger "$FOLDER" "$@"
}

# accepted_deal - a deal that waits for its channel.
accepted_deal() {
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
}

# burnt - what all messages have paid for gas, in afil.
burnt() {
	json -r .balance keeper balance f099 --json
}

@test "init --gas-price: each message pays price and premium, and the books balance with what was burnt" {
	setup_fees
	accepted_deal
	run -0 --separate-stderr client channel open --deal @ --amount 5000afil
	# 10000000 gas at 1000 afil, and 100000 afil for each of the 12500000 of its limit
	[ "$(burnt)" = 1260000000000 ]
	[ "$(json -r .balance ledger balance "$CLIENT" --json)" = $((1000000000000000000 - 5000 - 1260000000000)) ]
	run -0 --separate-stderr ledger check
	[ "$output" = "the books balance: 1.1 fil funded, 1.1 fil in accounts and channels" ]
	run -0 --separate-stderr ledger log
	[[ ${lines[-1]} == *" create "*" 5000 afil, fee "* ]]
	run -0 --separate-stderr ledger log --json
	[[ ${lines[-1]} == *'"fee":"1260000000000"'* ]]
}

@test "gas-price shows the price and changes it; gas that is free stays free" {
	setup_fees
	run -0 --separate-stderr ledger gas-price
	[ "$output" = "1000 afil" ]
	run -0 --separate-stderr ledger gas-price -n 2nfil
	[ "$stderr" = "ledger: would change the price of gas from 1000 afil to 2000000000 afil" ]
	run -0 --separate-stderr ledger gas-price 2nfil
	[ "$stderr" = "ledger: changed the price of gas from 1000 afil to 2000000000 afil" ]
	run -0 --separate-stderr ledger gas-price --json
	[ "$output" = '{"gas_price":"2000000000"}' ]
	run -2 --separate-stderr ledger gas-price 0
	[ "$stderr" = "ledger: gas that has a price does not become free" ]
	run -0 --separate-stderr ledger init --ledger free --gas-price 0
	run -0 --separate-stderr ledger --ledger free gas-price
	[ "$output" = "gas is free" ]
	run -8 --separate-stderr ledger --ledger free gas-price 1afil
	[ "$stderr" = "ledger: gas is free on this ledger, for ever: ledger init --gas-price makes one where it is not" ]
}

@test "a fee above --max-fee is not signed: exit 1 with both amounts" {
	setup_fees
	ledger gas-price -q 1nfil
	accepted_deal
	run -1 --separate-stderr client channel open --deal @ --amount 5000afil --max-fee 0.01fil
	[[ $stderr == *"the ledger takes 12500000000000000 afil now, above the fee of 10000000000000000 afil"* ]]
	[ -z "$(ledger pending)" ]
	run -0 client channel -q open --deal @ --amount 5000afil --max-fee 0.0126fil
}

@test "a message below the price waits, and is executed when the price falls" {
	setup_fees --delay 1
	accepted_deal
	run -11 client channel -q open --deal @ --amount 5000afil
	run -0 --separate-stderr ledger pending
	[[ $output == *" create "*" nonce 0 5000 afil, fee cap 110516 afil" ]]
	ledger gas-price -q 1nfil
	ledger advance -q 5e
	run -11 client channel -q open --deal @
	[ "$(count ledger pending)" = 1 ]
	ledger gas-price -q 110516afil
	client channel -q open --deal @
	[ "$(count ledger channels)" = 1 ]
	[ -z "$(ledger pending)" ]
	[ "$(burnt)" = $((10000000 * 110516)) ]
}

@test "a whole deal on a ledger with fees: each side pays for its own messages" {
	setup_fees
	start_node
	export RETRIEVAL_LEDGER=$URL
	run -0 --separate-stderr client retrieve -q --max-total 0.1fil content.offer -o copy.car \
		--via "env RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key serve -q"
	cmp content.car copy.car
	run -0 --separate-stderr provider settle -q --at-a-loss
	keeper advance -q 12h
	run -0 --separate-stderr provider settle -q --at-a-loss
	fees=$(json -rs 'map(.fee // "0" | tonumber) | add' keeper log --json)
	[ "$(burnt)" = "$fees" ]
	[ "$(json -rs 'map(select(.fee) | .what) | join(" ")' keeper log --json)" = "create update settle collect" ]
	run -0 keeper check
}

# stuck_channel - a deal whose channel waits below the price of gas; sets CHANNEL.
stuck_channel() {
	setup_fees --delay 1
	accepted_deal
	run -11 client channel -q open --deal @ --amount 5000afil
	ledger gas-price -q 200000afil
	ledger advance -q 5e
	CHANNEL=$(client channel list | cut -d ' ' -f 1)
}

# MONEY 23
@test "settle --bump gives a message that waits a higher fee, says both, and the message is executed once" {
	stuck_channel
	run -0 --separate-stderr client settle --bump -n
	[ "$output" = "$CHANNEL create, nonce 0: try 2 would be sent, fee up to 27612462500000 afil instead of up to 1381450000000 afil" ]
	[ "$(count ledger pending)" = 1 ]
	run -0 --separate-stderr client settle --bump --json
	[ "$(jq -c '[.channel,.step,.message,.nonce,.fee_before,.fee,.premium_before,.premium,.tries,.done]' <<<"$output")" = \
		"[\"$CHANNEL\",\"raise\",\"create\",\"0\",\"1381450000000\",\"27612462500000\",\"100000\",\"125000\",\"2\",true]" ]
	[ -z "$(ledger pending)" ]
	run -0 client channel -q open --deal @
	[ "$(json -rs 'map(select(.what == "create")) | length' ledger log --json)" = 1 ]
	[ "$(burnt)" = $((10000000 * 200000 + 12500000 * 125000)) ]
	run -1 --separate-stderr client settle --bump
	[ "$stderr" = "settle: no message of ours is on its way" ]
	run -0 ledger check
}

# MONEY 19, MONEY 23
@test "settle --bump stays below the ceiling, which holds for all tries: exit 1, and the older try waits on" {
	stuck_channel
	ledger gas-price -q 1nfil
	run -1 --separate-stderr client settle --bump --max-fee 1381450000000afil
	[[ $stderr == *"the ledger takes 12500000000000000 afil now, above the fee of 1381450000000 afil"* ]]
	ledger gas-price -q 120000afil
	run -0 client settle -q --bump --max-fee 1562500000000afil
	[ -z "$(ledger pending)" ]
	[ "$(burnt)" = $((10000000 * 120000 + 12500000 * 5000)) ]
}

@test "a ceiling without room for a higher premium is exit 1, with the fee that is needed, and nothing is signed" {
	setup_fees --delay 1
	accepted_deal
	run -11 client channel -q open --deal @ --amount 5000afil --max-fee 1250000000000afil
	ledger gas-price -q 105000afil
	ledger advance -q 5e
	run -1 --separate-stderr client settle --bump --max-fee 1362500000000afil
	[[ $stderr == *"a further try needs a fee of up to 1375012500000 afil, above the ceiling of 1362500000000 afil for all tries"* ]]
	[[ $stderr == *"hint: settle --bump --max-fee 1375012500000afil" ]]
	run -0 client settle -q --bump --max-fee 1375012500000afil
	[ -z "$(ledger pending)" ]
}

@test "settle --bump names channels, and passes by the messages for others" {
	stuck_channel
	run -1 --separate-stderr client settle --bump f2efsz7lml7rhk4f7maxe6uukvp5lplsbp2dospvy
	[ "$(count ledger pending)" = 1 ]
	run -0 --separate-stderr client settle --bump "$CHANNEL"
	[ -z "$(ledger pending)" ]
}

kill_bumping() {
	client killed "$1" "$2" settle --bump
}
# The message gets through with one more run at most, is executed once, and has paid at most the fee of its newest try.
finish_bumping() {
	client settle -q --bump 2>bump.log || grep -q "no message of ours is on its way" bump.log || return
	[ -z "$(ledger pending)" ] && client channel -q open --deal @ && client inspect --verify client >/dev/null &&
		ledger check >/dev/null && [ "$(json -rs 'map(select(.what == "create")) | length' ledger log --json)" = 1 ] &&
		[ "$(burnt)" -le 50000000000000 ]
}

# MONEY 9, MONEY 23
@test "settle --bump killed between store, push and answer converges: one try is executed" {
	stuck_channel
	at_each_call kill_bumping finish_bumping
}

@test "settle --bump killed again and again stays below the ceiling, and converges" {
	command -v strace >/dev/null || skip "strace is not here"
	stuck_channel
	ledger gas-price -q 900000afil
	for number in 1 2 3 1 2 3 4 5 6; do
		client killed pwrite64 "$number" settle --bump --max-fee 15000000000000afil || true
	done
	[ "$(json -rs 'map(.fee_cap | tonumber) | max <= 1200000' ledger pending --json)" = true ]
	run -0 finish_bumping
}

@test "--bump takes no step: options for steps are refused" {
	setup_fees
	for option in --close --keep-open --at-a-loss "--wait 1m"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr client settle --bump $option
		[[ $stderr == "settle: --bump takes no step, so there is nothing for --"* ]]
	done
}

@test "a ledger without fees needs none: settle --bump is exit 8" {
	ledger -q init --manual --delay 1
	keygen -q --seed 1 -o client.key
	keygen -q --seed 2 -o provider.key
	ledger -q fund "$(address_of client.key)" 1fil
	make_file data 1000
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
	accepted_deal
	run -11 client channel -q open --deal @ --amount 5000afil
	run -8 --separate-stderr client settle --bump
	[[ $stderr == *"gas is free on this ledger: no fee makes a message faster"* ]]
}

@test "settle --bump raises each of several messages, and all are executed" {
	setup_fees --delay 1
	make_file other 1000 5000
	pack -q other -o other.car
	provider offer -q set other.car --price 3afil --interval 1KiB --increase 1KiB >other.offer
	for each in content other; do
		for _ in 1 2; do
			code=0
			client retrieve -q --wait 0s --max-total 0.1fil "$each.offer" -o "$each.copy" \
				--via "env RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key serve -q" || code=$?
			[ "$code" = 11 ] || break
			ledger advance -q 1e
		done
		[ "$code" = 0 ]
	done
	run -11 provider settle -q --at-a-loss
	ledger gas-price -q 200000afil
	ledger advance -q 5e
	[ "$(count ledger pending)" = 2 ]
	run -0 --separate-stderr provider settle --bump
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[0]} == *" update, nonce 0: try 2 sent, "* ]]
	[[ ${lines[1]} == *" update, nonce 1: try 2 sent, "* ]]
	[ -z "$(ledger pending)" ]
	run -0 ledger check
	run -0 provider inspect --verify provider
}

@test "channel show has each message on its way: what it does, since when, its tries, its fee, and what helps" {
	export RETRIEVAL_CLOCK=1700000000
	setup_fees --delay 1
	accepted_deal
	run -11 client channel -q open --deal @ --amount 5000afil
	CHANNEL=$(client channel list | cut -d ' ' -f 1)
	run -0 --separate-stderr client channel show "$CHANNEL"
	[[ $output == *$'\n'"message    create 5000 afil, nonce 0, since 2023-11-14T22:13:20Z, 1 try, fee up to 1381450000000 afil: waits (settle --bump $CHANNEL)"* ]]
	run -0 client settle -q --bump
	run -0 --separate-stderr client channel show "$CHANNEL" --json
	[ "$(jq -c 'select(.message) | [.message,.nonce,.message_state,.value,.premium,.tries,.since,.help]' <<<"$output")" = \
		"[\"create\",\"0\",\"pending\",\"5000\",\"125000\",\"2\",\"2023-11-14T22:13:20Z\",\"settle --bump $CHANNEL\"]" ]
	ledger advance -q 1e
	run -0 client channel -q open --deal @
	run -0 --separate-stderr client channel show "$CHANNEL" --json
	[[ $output != *'"message"'* ]]
}

# waits_at_node - the stuck channel, with a node before the ledger from now on.
waits_at_node() {
	stuck_channel
	start_node
	export RETRIEVAL_LEDGER=$URL
}

# MONEY 23
@test "through a node: a bump takes the place of the waiting message, and the message is found whichever try was executed" {
	waits_at_node
	run -0 --separate-stderr client settle --bump
	[[ $output == "$CHANNEL create, nonce 0: try 2 sent, fee up to "*" afil instead of up to 1381450000000 afil" ]]
	keeper advance -q 10e
	[ -z "$(keeper pending)" ]
	run -0 client channel open --deal @
	[ "$(json -rs 'map(select(.what == "create")) | length' keeper log --json)" = 1 ]
	run -0 keeper check
}

@test "through a node: a bump that is killed at each request, again and again, converges, and one try is executed" {
	command -v strace >/dev/null || skip "strace is not here"
	waits_at_node
	for ((n = 1; n < 60; n++)); do
		code=0
		client strace -f -qq -o /dev/null -e trace=sendto -e "inject=sendto:signal=KILL:when=$n" settle --bump >bump.log 2>&1 || code=$?
		[ "$code" = 137 ] || break
	done
	[ "$n" -gt 8 ]
	run -0 client channel -q open --deal @
	keeper advance -q 10e
	run -0 client channel -q open --deal @
	[ "$(json -rs 'map(select(.what == "create")) | length' keeper log --json)" = 1 ]
	run -0 keeper check
}
