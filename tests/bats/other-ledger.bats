#!/usr/bin/env bats
# A home belongs to one ledger: another one, a new one in its place and an older copy of it are refused by all tools.

# shellcheck disable=SC2030,SC2031 # each test has an environment of its own

load common
load common_deal

setup() {
	common_setup
	setup_parties
}

# paid_deal - a finished deal of 3000 afil through a channel that holds 5000; sets CHANNEL.
paid_deal() {
	make_file data 1000
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @ --amount 5000afil
	finish_deal
	CHANNEL=$(client channel list | cut -d ' ' -f 1)
}

# all_is_collected - the provider's two settles bring it all that was signed.
all_is_collected() {
	provider settle -q
	ledger -q advance 13h
	provider settle -q
	[ "$(ledger balance "$PROVIDER")" = "$PROVIDER 3000 afil" ]
}

# SETTLE 3
@test "a ledger that the home does not belong to is refused with both names, and the channel is not forgotten" {
	paid_deal
	ledger -q --ledger other init --manual
	run -2 --separate-stderr provider settle --ledger other
	[ -z "$output" ]
	[[ $stderr =~ ^settle:\ \'$PWD/provider\'\ belongs\ to\ the\ ledger\ f-[0-9a-f]{16},\ but\ the\ ledger\ in\ \'other\'\ is\ f-[0-9a-f]{16}$ ]]
	all_is_collected
}

@test "every tool that asks the ledger refuses another one, on both sides, also where nothing would be changed" {
	paid_deal
	ledger -q --ledger other init --manual
	export RETRIEVAL_LEDGER=other
	for side in client provider; do
		for command in "settle" "settle --plan" "settle -n @" "channel list" "channel show @" "channel lanes @" \
			"channel vouchers @" "channel export @" "channel add-funds @ 5afil" "channel import f0100" "validate 1.frames"; do
			# shellcheck disable=SC2086 # a command in words
			run -2 --separate-stderr $side $command
			[ -z "$output" ]
			[[ $stderr == *"belongs to the ledger f-"*", but the ledger in 'other' is f-"* ]]
		done
	done
	run -2 client channel open --deal @
	run -2 client make-voucher --deal @ -o none
	[ ! -e none ]
	run -2 client retrieve --via false content.offer -o none
	run -2 provider serve </dev/null
	export RETRIEVAL_LEDGER=$PWD/ledger
	all_is_collected
}

@test "a ledger that was made again in the same place is another one" {
	paid_deal
	mv ledger kept
	ledger -q init --manual
	run -2 --separate-stderr provider settle @
	[[ $stderr == *"belongs to the ledger f-"*", but the ledger in '$PWD/ledger' is f-"* ]]
	rm -r ledger
	mv kept ledger
	all_is_collected
}

@test "an older copy of the ledger is refused: what it does not know is not gone" {
	cp -a ledger older
	paid_deal
	mv ledger kept
	cp -a older ledger
	for side in client provider; do
		run -7 --separate-stderr $side settle @
		[ -z "$output" ]
	done
	run -7 --separate-stderr client settle @
	[[ $stderr =~ ^settle:\ the\ ledger\ f-[0-9a-f]{16}\ in\ \'$PWD/ledger\'\ was\ put\ back\ to\ an\ older\ state:\ it\ has\ 1\ entries,\ and\ \'$PWD/client\'\ has\ seen\ [0-9]+$'\nsettle: hint: channel accept-ledger -n'$ ]]
	rm -r ledger
	mv kept ledger
	all_is_collected
}

@test "an older copy that has gone on since is found out by the channel that it does not have" {
	cp -a ledger older
	paid_deal
	mv ledger kept
	mv older ledger
	for _ in {1..40}; do
		ledger -q advance 1e
	done
	run -7 --separate-stderr provider settle
	[ -z "$output" ]
	[[ $stderr == "settle: the ledger f-"*" does not have channel $CHANNEL, which '$PWD/provider' has: was the ledger put back to an older state?"$'\n'"settle: hint: channel accept-ledger -n" ]]
	run -7 --separate-stderr client settle @
	rm -r ledger
	mv kept ledger
	all_is_collected
}

@test "the vouchers that an older copy of the ledger does not have are submitted again" {
	paid_deal
	cp -a ledger older
	provider settle -q @
	rm -r ledger
	mv older ledger
	for _ in {1..40}; do
		ledger -q advance 1e
	done
	all_is_collected
}

@test "an older copy that stays is accepted by the user's word, with what is lost, and buying goes on" {
	cp -a ledger older
	paid_deal
	rm -r ledger
	mv older ledger
	before=$(sha256sum provider/data.mdb)
	run -0 --separate-stderr provider channel accept-ledger -n
	[ "$output" = "$CHANNEL is not on the ledger any more: 3000 afil of vouchers are lost" ]
	[[ $stderr =~ ^channel:\ would\ accept\ the\ ledger\ f-[0-9a-f]{16}\ as\ it\ is,\ with\ 1\ entries\;\ this\ home\ had\ seen\ [0-9]+$ ]]
	[ "$(sha256sum provider/data.mdb)" = "$before" ]
	run -7 provider settle
	run -0 --separate-stderr provider channel accept-ledger
	[ "$output" = "$CHANNEL is not on the ledger any more: 3000 afil of vouchers are lost" ]
	run -1 --separate-stderr provider settle
	[[ $stderr == *"3000 afil are lost"* ]]
	provider settle -q --write-off "$CHANNEL"
	run -0 --separate-stderr client channel accept-ledger --json
	[ "$(jq -c '[.channel, .is_back, .lost]' <<<"${lines[0]}")" = "[\"$CHANNEL\",false,\"0\"]" ]
	run -8 --separate-stderr client channel accept-ledger
	[[ $stderr == *": there is nothing to accept" ]]
	client propose -q --max-total 0.1fil --price 4afil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @
	finish_deal
	provider settle -q
	ledger -q advance 13h
	provider settle -q
	run -0 inspect --verify client
	run -0 inspect --verify provider
}

@test "a channel that was collected, and that an older ledger has again, is collected again" {
	paid_deal
	cp -a ledger older
	all_is_collected
	client settle -q
	rm -r ledger
	mv older ledger
	for side in client provider; do
		run -0 --separate-stderr $side channel accept-ledger
		[ "$output" = "$CHANNEL is on the ledger again: it is open" ]
	done
	all_is_collected
	client settle -q
	[ "$(ledger check)" = "the books balance: 1 fil funded, 1 fil in accounts and channels" ]
}

@test "accept-ledger accepts no other ledger, and nothing where nothing is older" {
	paid_deal
	ledger -q --ledger other init --manual
	run -2 --separate-stderr provider channel accept-ledger --ledger other
	[[ $stderr == "channel: this home belongs to the ledger f-"*", but the ledger in 'other' is f-"*": another ledger is never accepted" ]]
	run -8 --separate-stderr provider channel accept-ledger
	[[ $stderr == *" is not older than what this home has seen: there is nothing to accept" ]]
	keygen -q -o new.key
	RETRIEVAL_HOME=new RETRIEVAL_KEY=new.key offer -q set content.car >new.offer
	run -8 --separate-stderr env RETRIEVAL_HOME=new channel accept-ledger
	[[ $stderr == *"belongs to no ledger yet"* ]]
	all_is_collected
}

@test "a home without a channel belongs to no ledger: a slip in the first run binds nothing" {
	make_file data 1000
	offer_file data --price 3afil
	ledger -q --ledger other init --manual
	provider settle -q --ledger other
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q --ledger other 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @
	run -2 --separate-stderr client channel list --ledger other
	[[ $stderr == *"'$PWD/client' "*" ledger "*"'other' "* ]]
	provider channel list
	client channel list
}

@test "a voucher for a channel is worth nothing on another ledger, although the key and its messages are the same" {
	ledger -q --ledger other init --manual
	ledger -q --ledger other fund "$CLIENT" 1fil
	paid_deal
	mkdir kept
	mv client provider kept
	export RETRIEVAL_LEDGER=other
	one=$CHANNEL
	paid_deal
	[ "$CHANNEL" != "$one" ]
}

@test "inspect compares a store with its own ledger only, and says so" {
	paid_deal
	ledger -q --ledger other init --manual
	run -0 --separate-stderr inspect --verify client
	[ -z "$stderr" ]
	RETRIEVAL_LEDGER=other run -0 --separate-stderr inspect --verify client
	[[ $stderr == "inspect: warning: '"*"client' belongs to the ledger f-"*"the ledger in 'other' is f-"*": channels are not compared with the ledger" ]]
	run -0 --separate-stderr provider env RETRIEVAL_LEDGER=other deals show @
	[[ $stderr == "deals: warning: '"*"provider' belongs to the ledger f-"* ]]
}

@test "an older copy of the ledger neither gets a second channel nor a voucher" {
	cp -a ledger older
	make_file data 3000
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
	begin_deal
	provider send-blocks -q --deal @ -o blocks.frames || [ $? = 3 ]
	client receive-blocks -q blocks.frames -o copy.car || [ $? = 3 ]
	mv ledger kept
	mv older ledger
	for _ in {1..40}; do
		ledger -q advance 1e
	done
	run -7 client make-voucher --deal @ -o 4.frames
	[ ! -e 4.frames ]
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	run -7 client channel open --deal @
	run -0 ledger channels
	[ -z "$output" ]
}

@test "JSON says so too" {
	paid_deal
	ledger -q --ledger other init --manual
	run -2 --separate-stderr provider settle --json --ledger other
	[ -z "$output" ]
	[ "$(jq -r .exit <<<"$stderr")" = 2 ]
}
