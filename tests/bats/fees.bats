#!/usr/bin/env bats
# fees.bats - a ledger on which gas has a price: what messages pay, and those that wait for a better price.

load common
load common_deal
load common_node

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
