#!/usr/bin/env bats
#
# A seller believes a channel as far as the chain can't take it away any more, and not much further.

load common
load common_deal

setup() {
	common_setup
	setup_parties --finality 20
	make_file data 5M
	pack -q data -o content.car
	provider offer -q set content.car --price 2afil --interval 1MiB --increase 0 >content.offer
}

# buy [OPTION...] - buy the content from a provider whose serve has these options.
buy() {
	client retrieve -q --max-total 0.1fil --wait 0s --via "RETRIEVAL_HOME=$PWD/provider exec serve -q $*" content.offer -o copy.car
}

# buy_loudly [OPTION...] - the same, with the messages of the client.
buy_loudly() {
	client retrieve --max-total 0.1fil --wait 0s --via "RETRIEVAL_HOME=$PWD/provider exec serve -q $*" content.offer -o copy.car
}

received() {
	json .received provider deals show @ --json
}

# MONEY 25
@test "by default one interval is credited before the channel is final, and the deal goes on once it is" {
	run -11 --separate-stderr buy_loudly
	[[ $stderr == *"the provider waits until the channel is final: deal "*" goes on, and its payment is sent again, once it is run again"* ]]
	[ ! -e copy.car ]
	[ "$(received)" = 2097152 ]
	run -11 buy
	[ "$(received)" = 2097152 ]
	ledger -q advance 20e
	run -0 buy
	cmp content.car copy.car
	price=$(($(stat -c %s content.car) * 2))
	[ "$(received)" -le "$price" ]
	[ "$(received)" = "$(json .spent client deals show @ --json)" ]
	run -0 --separate-stderr inspect --verify provider
	run -0 --separate-stderr inspect --verify client
	provider settle -q
	ledger -q advance 12h
	run -0 --separate-stderr provider settle
	[[ $output == *" collected $(received) afil" ]]
}

# MONEY 25
@test "with --risk 0 nothing is credited before the channel is final, and the voucher is kept all the same" {
	for _ in 1 2; do
		run -11 buy --risk 0
		[ "$(received)" = 0 ]
		[[ $(provider channel list) == *"not submitted 2097152 afil"* ]]
	done
	[ "$(json .spent client deals show @ --json)" = 2097152 ]
	run -0 --separate-stderr inspect --verify provider
	ledger -q advance 20e
	run -0 buy --risk 0
	cmp content.car copy.car
	run -0 --separate-stderr inspect --verify provider
}

@test "who takes the risk waits for nothing, by option, environment or configuration" {
	run -11 buy --risk 0
	run -0 env RETRIEVAL_RISK=1fil bash -c "RETRIEVAL_HOME=\$PWD/client RETRIEVAL_KEY=\$PWD/client.key retrieve -q --max-total 0.1fil --via 'RETRIEVAL_HOME=\$PWD/provider exec serve -q' content.offer -o copy.car"
	cmp content.car copy.car
	run -0 --separate-stderr inspect --verify provider
}

@test "retrieve --wait waits for finality, and goes on" {
	client retrieve -q --max-total 0.1fil --wait 60s --via "RETRIEVAL_HOME=$PWD/provider exec serve -q --risk 0" content.offer -o copy.car &
	buying=$!
	wait_until test -e provider/data.mdb
	wait_until is_kept
	ledger -q advance 20e
	wait "$buying"
	cmp content.car copy.car
}

# is_kept - the provider has a voucher.
is_kept() {
	[[ $(provider channel list 2>/dev/null) == *"not submitted"* ]]
}

# MONEY 25
@test "money that is added to a final channel is not final itself" {
	ledger -q place f0100 "$CLIENT" "$PROVIDER" 4194304afil
	client channel -q import f0100
	ledger -q advance 20e
	run -11 buy --risk 0
	[ "$(received)" = 4194304 ]
	[[ $(client channel list) == "f0100 to $PROVIDER: balance 10486278 afil"* ]]
	ledger -q advance 20e
	run -0 buy --risk 0
	cmp content.car copy.car
	run -0 --separate-stderr inspect --verify provider
}

@test "by hand: exit 11 on both sides, the same voucher again, and then it counts" {
	begin_deal
	provider send-blocks -q --deal @ -o 3.frames || [ "$?" = 3 ]
	client receive-blocks -q 3.frames -o copy.car || [ "$?" = 3 ]
	client make-voucher -q --deal @ -o 4.frames
	run -11 --separate-stderr provider validate --risk 0 4.frames -o 5.frames
	[[ $stderr == "validate: deal "*": at finality the channel does not cover the payment yet, which has to come again" ]]
	run -11 --separate-stderr client receive-blocks 5.frames
	[[ $stderr == *"the provider waits until the channel is final"* ]]
	client make-voucher -q --deal @ -o 6.frames
	cmp 4.frames 6.frames
	ledger -q advance 20e
	run -0 provider validate -q --risk 0 6.frames -o 7.frames
	[ "$(received)" = 2097152 ]
	finish_deal
	cmp content.car copy.car
}
