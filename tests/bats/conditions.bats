#!/usr/bin/env bats
# conditions.bats - vouchers with conditions: time locks, secrets, settle heights, as the payee takes them.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	ledger -q place f0100 "$CLIENT" "$PROVIDER" 5000afil
	client channel -q import f0100
	local said
	said=$(client make-voucher --channel f0100 --lane 9223372036854775807 --amount 1afil --max-total 1fil 2>&1) || true
	LANE=${said##* }
}

# pay AMOUNT [OPTION...] - the client's voucher on its lane.
pay() {
	local amount=$1

	shift
	client make-voucher -q --channel f0100 --lane "$LANE" --amount "$amount" --max-total 1fil "$@"
}

# hash_of FILE - its blake2b-256.
hash_of() {
	local sum

	sum=$(b2sum -l 256 "$1") && printf '%s\n' "${sum%% *}"
}

# held - the vouchers that the provider holds on f0100: "nonce amount", those that wait with their epoch.
held() {
	json -rs 'map(select(.nonce) | "\(.nonce) \(.amount)\(if .waits_until then " waits until \(.waits_until)" else "" end)") | join(", ")' \
		provider channel lanes f0100 --json
}

# to_the_end - settle, wait, collect; the provider has then got all that it can get.
to_the_end() {
	provider settle -q f0100 >settled || [ $? = 11 ]
	ledger -q advance 12h
	provider settle -q f0100 >>settled
	json -r .balance ledger balance "$PROVIDER" --json
}

@test "inspect says the conditions of a voucher in words, and null for one without" {
	voucher=$(pay 10afil)
	[ "$(json .conditions inspect --json "$voucher")" = null ]
	printf secret >secret
	voucher=$(pay 20afil --time-lock-min @500 --time-lock-max @900 --secret-hash "$(hash_of secret)" --min-settle-height @2000)
	[ "$(json .conditions inspect --json "$voucher")" = "from epoch 500 on; up to epoch 900; with the secret of this hash; then the channel settles at epoch 2000 at the earliest" ]
	[ "$(json .secret_hash inspect --json "$voucher")" = "$(hash_of secret)" ]
	run -0 inspect "$voucher"
	[[ $output == *"from epoch 500 on; up to epoch 900"* ]]
	run -0 inspect --verify "$voucher"
	run -0 inspect --verify client
}

# MONEY 10
@test "the same conditions give the same bytes again, and other conditions for the same amount are refused" {
	voucher=$(pay 10afil --time-lock-min @500)
	[ "$(pay 10afil --time-lock-min @500)" = "$voucher" ]
	for other in "--time-lock-min @501" "--time-lock-max @900" "" "--min-settle-height @9"; do
		# shellcheck disable=SC2086
		run -8 --separate-stderr pay 10afil $other
		[ -z "$output" ]
		[ "$stderr" = "make-voucher: lane $LANE has promised 10 afil already, under other conditions" ]
	done
}

# MONEY 22
@test "a voucher that needs a secret is taken with the secret, and redeemed with it" {
	printf 'open sesame\n' >secret
	voucher=$(pay 700afil --secret-hash "$(hash_of secret)")
	run -8 --separate-stderr provider channel import "$voucher"
	[ "$stderr" = "channel: voucher refused: the voucher needs a secret (--secret FILE)" ]
	printf 'wrong\n' >wrong
	run -8 --separate-stderr provider channel import --secret wrong "$voucher"
	[ "$stderr" = "channel: 'wrong' does not hold the secret of the voucher" ]
	run -10 --separate-stderr provider channel import --secret missing "$voucher"
	[[ $stderr == "channel: cannot read the secret in 'missing': "* ]]
	head -c 300 /dev/zero >long
	run -6 --separate-stderr provider channel import --secret long "$voucher"
	run -0 --separate-stderr provider channel import --secret secret "$voucher"
	[ "$stderr" = "channel: a voucher of channel f0100 is taken: 700 afil more" ]
	[ "$(held)" = "1 700" ]
	run -0 inspect --verify provider
	[ "$(to_the_end)" = 700 ]
}

@test "the end of the last line of a file with a secret is no part of it, unless the hash says so" {
	printf 'sesame' >bare
	printf 'sesame\n' >line
	voucher=$(pay 7afil --secret-hash "$(hash_of bare)")
	run -0 provider channel import --secret line "$voucher"
	[ "$(to_the_end)" = 7 ]
}

# MONEY 22
@test "a voucher whose time has not come is kept apart: on no lane, in no sum, and taken when it has come" {
	voucher=$(pay 700afil --time-lock-min @100)
	run -0 --separate-stderr provider channel import "$voucher"
	[ "$stderr" = "channel: a voucher of channel f0100 is kept until epoch 100: 700 afil more from then on" ]
	[ "$(held)" = "1 700 waits until 100" ]
	[ "$(json -cs '.[0] | [.vouchers, .unsubmitted]' provider channel show f0100 --json)" = '["0","0"]' ]
	run -0 --separate-stderr provider channel import "$voucher"
	[ -z "$stderr" ]
	run -0 inspect --verify provider
	provider channel export f0100 >kept
	grep -q "^$voucher " kept
	ledger -q advance @100
	run -0 --separate-stderr provider channel import "$voucher"
	[ "$stderr" = "channel: a voucher of channel f0100 is taken: 700 afil more" ]
	[ "$(held)" = "1 700" ]
	[ "$(to_the_end)" = 700 ]
}

@test "a voucher that will never be redeemed is refused at once, with the words of the ledger" {
	ledger -q advance @100
	run -8 --separate-stderr provider channel import "$(pay 10afil --time-lock-max @99)"
	[ "$stderr" = "channel: voucher refused: the ledger would refuse it: this voucher has expired!" ]
	printf secret >secret
	voucher=$(pay 20afil --time-lock-min @200 --secret-hash "$(hash_of secret)")
	run -8 --separate-stderr provider channel import "$voucher"
	[ "$stderr" = "channel: voucher refused: the voucher needs a secret (--secret FILE)" ]
	run -0 --separate-stderr provider channel import --secret secret "$voucher"
	[ "$(held)" = "2 20 waits until 200" ]
}

@test "a least settle height moves the end of settling, and is the payee's choice" {
	voucher=$(pay 700afil --min-settle-height @3000)
	run -0 --separate-stderr provider channel import "$voucher"
	[ "$stderr" = "channel: a voucher of channel f0100 is taken: 700 afil more; once it is submitted, nothing of the channel can be collected before epoch 3000" ]
	provider settle -q f0100 || [ $? = 11 ]
	[ "$(json -rs '.[0].settling_at' provider channel show f0100 --json)" = 3000 ]
	ledger -q advance @3000
	provider settle -q f0100
	[ "$(json -r .balance ledger balance "$PROVIDER" --json)" = 700 ]
}

# SETTLE 9
@test "settle submits a voucher when its time has come" {
	provider channel -q import "$(pay 300afil)"
	provider channel -q import "$(pay 700afil --time-lock-min @100)"
	[ "$(held)" = "1 300, 2 700 waits until 100" ]
	provider settle -q f0100 >settled || [ $? = 11 ]
	[[ $(<settled) == *"submitted the voucher of lane $LANE, nonce 1: 300 afil more"* ]]
	[ "$(json -rs '.[0].submitted' provider channel show f0100 --json)" = 300 ]
	ledger -q advance @100
	provider settle -q f0100 >settled || [ $? = 11 ]
	[[ $(<settled) == *"submitted the voucher of lane $LANE, nonce 2: 400 afil more"* ]]
	[ "$(held)" = "2 700" ]
	ledger -q advance 12h
	provider settle -q f0100
	[ "$(json -r .balance ledger balance "$PROVIDER" --json)" = 700 ]
	run -0 inspect --verify provider
}

# SETTLE 9
@test "a voucher that waits for a time after the end of settling keeps its channel open, unless --close is given" {
	provider channel -q import "$(pay 300afil)"
	provider channel -q import "$(pay 700afil --time-lock-min @1441)"
	run -0 --separate-stderr provider settle -q f0100
	[[ ${lines[1]} == "f0100 stays open with 4700 afil unspent: settling would bring 300 afil, and end before epoch 1441, for which a voucher waits"* ]]
	run -0 --separate-stderr provider settle -q --json f0100
	[ "$(jq -rs '.[-1] | "\(.step) \(.held)"' <<<"$output")" = "open time" ]
	[ "$(json -rs '.[0].settling_at' provider channel show f0100 --json)" = 0 ]
	ledger -q advance 1e
	provider settle -q f0100 >settled || [ $? = 11 ]
	[ "$(json -rs '.[0].settling_at' provider channel show f0100 --json)" = 0 ]
	ledger -q advance 1e # now settling would end at 1442
	provider settle -q f0100 >settled || [ $? = 11 ]
	[ "$(json -rs '.[0].settling_at' provider channel show f0100 --json)" = 1442 ]
	ledger -q advance @1441
	provider settle -q f0100 >settled || [ $? = 11 ]
	ledger -q advance @1442
	provider settle -q f0100
	[ "$(json -r .balance ledger balance "$PROVIDER" --json)" = 700 ]
}

@test "--close settles a channel although a voucher waits for later" {
	provider channel -q import "$(pay 300afil)"
	provider channel -q import "$(pay 700afil --time-lock-min @9999)"
	provider settle -q --close f0100 >settled || [ $? = 11 ]
	[ "$(json -rs '.[0].settling_at' provider channel show f0100 --json)" = 1440 ]
}

# SETTLE 9
@test "an expired voucher gives way to the best one below it, and is reported" {
	provider channel -q import "$(pay 300afil)"
	provider channel -q import "$(pay 700afil --time-lock-max @50)"
	[ "$(held)" = "2 700" ]
	ledger -q advance @51
	run -8 --separate-stderr provider settle --keep-open f0100
	[[ $output == *"submitted the voucher of lane $LANE, nonce 1: 300 afil more"* ]]
	[[ $stderr == *"nonce 2: the voucher of nonce 2 has expired"* ]]
	[ "$(json -rs '.[0].submitted' provider channel show f0100 --json)" = 300 ]
}

# SETTLE 9
@test "the end of a voucher is a failure once, and what it would have paid is a loss at the end" {
	provider channel -q import "$(pay 300afil)"
	provider channel -q import "$(pay 700afil --time-lock-max @50)"
	ledger -q advance @51
	run -8 provider settle --plan f0100
	run -8 --separate-stderr provider settle --keep-open f0100
	[[ $stderr == *"nonce 2: the voucher of nonce 2 has expired"* ]]
	run -0 --separate-stderr provider settle --keep-open f0100
	[ -z "$stderr" ]
	run -0 provider settle --plan f0100
	provider channel -q import "$(pay 800afil --time-lock-max @60)"
	ledger -q advance @61
	run -8 --separate-stderr provider settle --keep-open f0100
	[[ $stderr == *"nonce 3: the voucher of nonce 3 has expired"* ]]
	run -0 --separate-stderr provider settle f0100
	[[ $output == "f0100 settling: 300 afil can be collected from epoch "* ]]
	run -11 --separate-stderr provider settle f0100
	run -0 inspect --verify provider
	ledger -q advance 12h
	run -1 --separate-stderr provider settle f0100
	[[ $output$stderr == *"500 afil"* ]]
	provider settle -q --write-off f0100 >settled
	run -0 provider settle f0100
}

@test "a voucher that expired while it waited is reported, and waits no more" {
	provider channel -q import "$(pay 700afil --time-lock-min @10 --time-lock-max @50)"
	ledger -q advance @51
	run -8 --separate-stderr provider settle --keep-open f0100
	[[ $stderr == *"nonce 1: the ledger would refuse it: this voucher has expired!"* ]]
	[ -z "$(held)" ]
	run -0 --separate-stderr provider settle --keep-open f0100
}

# SETTLE 9
@test "a voucher that waits is forgotten when the ledger has redeemed a later one of its lane" {
	provider channel -q import "$(pay 300afil --time-lock-min @100)"
	provider channel -q import "$(pay 700afil)"
	provider settle -q --keep-open f0100 >settled
	[ "$(held)" = "2 700, 1 300 waits until 100" ]
	ledger -q advance @100
	run -0 --separate-stderr provider settle --keep-open f0100
	[ -z "$stderr" ]
	[ "$(held)" = "2 700" ]
	run -0 inspect --verify provider
}

@test "a voucher that waited is paid beside those of other lanes" {
	provider channel -q import "$(pay 700afil --time-lock-min @10)"
	client make-voucher -q --channel f0100 --lane "$((LANE + 1))" --amount 4300afil --max-total 1fil >other
	provider channel -q import other
	ledger -q advance @10
	provider settle -q --keep-open f0100 >settled
	[ "$(json -rs '.[0].submitted' provider channel show f0100 --json)" = 5000 ]
}
