#!/usr/bin/env bats
# direct.bats - paying without a deal: a channel, vouchers on its lanes, and the payee who takes them.

load common
load common_deal

setup() {
	common_setup
	setup_parties
}

# placed_channel AMOUNT - a channel f0100 from the client to the provider; the client's home has it.
placed_channel() {
	ledger -q place f0100 "$CLIENT" "$PROVIDER" "$1"
	client channel -q import f0100
}

# pay LANE AMOUNT [OPTION...] - the client's voucher on f0100, under a ceiling of 10000 afil.
pay() {
	local lane=$1 amount=$2

	shift 2
	client make-voucher --channel f0100 --lane "$lane" --amount "$amount" --max-total 10000afil "$@"
}

# next_lane - the lane that the client's home would give out next on f0100.
next_lane() {
	local said

	said=$(pay 9223372036854775807 1afil -n 2>&1) || true
	printf '%s\n' "${said##* }"
}

# MONEY 10, MONEY 21
@test "a voucher without a deal is signed on the next free lane, and the same call again gives the same bytes" {
	placed_channel 5000afil
	lane=$(next_lane)
	run -0 --separate-stderr pay "$lane" 700afil
	[[ $output =~ ^[A-Za-z0-9_-]+$ ]]
	[ "$stderr" = "make-voucher: channel f0100, lane $lane: promised 700 afil in all" ]
	first=$output
	run -0 --separate-stderr pay "$lane" 700afil
	[ "$output" = "$first" ]
	run -0 --separate-stderr pay "$lane" 900afil
	[ "$output" != "$first" ]
	second=$output
	[ "$(json .nonce inspect --json "$second")" = 2 ]
	run -8 --separate-stderr pay "$lane" 700afil
	[ -z "$output" ]
	[ "$stderr" = "make-voucher: lane $lane has promised 900 afil already, more than 700 afil" ]
	run -0 --separate-stderr pay "$((lane + 1))" 100afil -q
	[ -z "$stderr" ]
	run -0 inspect --verify client
	[ "$(json -cs '.[0] | [.vouchers, .available]' client channel show f0100 --json)" = '["1000","4000"]' ]
}

@test "the payee takes the voucher by import, and settle collects it" {
	placed_channel 5000afil
	lane=$(next_lane)
	pay "$lane" 700afil -q -o voucher
	run -0 --separate-stderr provider channel import voucher
	[ "$stderr" = "channel: a voucher of channel f0100 is taken: 700 afil more" ]
	pay "$lane" 1200afil -q | provider channel -q import -
	provider settle -q f0100 || [ $? = 11 ]
	ledger -q advance 12h
	provider settle -q f0100
	[ "$(json -r .balance ledger balance "$PROVIDER" --json)" = 1200 ]
	run -0 client settle f0100
	run -0 inspect --verify client
	run -0 inspect --verify provider
}

@test "a ceiling is needed, and nothing is signed above it" {
	placed_channel 5000afil
	lane=$(next_lane)
	run -2 --separate-stderr client make-voucher --channel f0100 --lane "$lane" --amount 1afil
	[ "$stderr" = "make-voucher: --channel needs a ceiling: --max-total AMOUNT, or RETRIEVAL_MAX_TOTAL" ]
	run -1 --separate-stderr pay "$lane" 10001afil
	[ -z "$output" ]
	[ "$stderr" = "make-voucher: 10001 afil on lane $lane are above the ceiling of 10000 afil" ]
	RETRIEVAL_MAX_TOTAL=5afil run -0 --separate-stderr client make-voucher -q --channel f0100 --lane "$lane" --amount 5afil
	RETRIEVAL_MAX_TOTAL=5afil run -1 --separate-stderr client make-voucher -q --channel f0100 --lane "$lane" --amount 6afil
	[ "$(json -rs '.[0].vouchers' client channel show f0100 --json)" = 5 ]
}

# INVARIANT 4
@test "the lanes of a channel promise no more than it holds, and the shortfall is named" {
	placed_channel 5000afil
	lane=$(next_lane)
	pay "$lane" 3000afil -q >voucher
	run -4 --separate-stderr pay "$((lane + 1))" 2001afil
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "make-voucher: not enough in channel f0100: wanted 2001 afil, available 2000 afil, short 1 afil" ]
	[ "${stderr_lines[1]}" = "make-voucher: hint: channel add-funds f0100 1afil" ]
	run -0 --separate-stderr pay "$((lane + 1))" 2000afil
	run -4 --separate-stderr pay "$lane" 3001afil
	run -0 inspect --verify client
}

# MONEY 21
@test "the lane of a deal is left to the deal, and what deals reserve is not there for others" {
	make_file data 1000
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
	begin_deal
	channel=$(json -r .channel client channel list --json)
	run -8 --separate-stderr client make-voucher --channel "$channel" --lane 0 --amount 1afil --max-total 1fil
	[[ ${stderr_lines[0]} == "make-voucher: lane 0 of channel $channel belongs to deal "* ]]
	[[ ${stderr_lines[1]} == "make-voucher: hint: make-voucher --deal "* ]]
	run -4 --separate-stderr client make-voucher --channel "$channel" --lane 1 --amount 1afil --max-total 1fil
	client channel -q add-funds "$channel" 10afil
	client make-voucher -q --channel "$channel" --lane 1 --amount 10afil --max-total 1fil | provider channel -q import -
	finish_deal
	[ "$(json -rs '[.[1:][] | "\(.lane) \(.amount)"] | join(", ")' provider channel show "$channel" --json)" = "0 3000, 1 10" ]
	run -0 inspect --verify client
	run -0 inspect --verify provider
}

@test "a lane that is neither in use without a deal nor the next is refused, with the one that is next" {
	placed_channel 5000afil
	lane=$(next_lane)
	for wrong in $((lane + 1)) $((lane - 1)) 0; do
		run -8 --separate-stderr pay "$wrong" 1afil
		[ "$stderr" = "make-voucher: lane $wrong was not used without a deal, and the next free lane of channel f0100 is $lane" ]
	done
	run -0 --separate-stderr pay "$lane" 1afil -n
	[ -z "$output" ]
	[ "$stderr" = "make-voucher: channel f0100, lane $lane: would promise 1 afil in all" ]
	[ "$(next_lane)" = "$lane" ]
}

@test "a channel that is not ours to pay through, settles, or is gone takes no voucher" {
	placed_channel 5000afil
	lane=$(next_lane)
	pay "$lane" 5afil -q >voucher
	provider channel -q import voucher
	run -8 --separate-stderr provider make-voucher --channel f0100 --lane 0 --amount 1afil --max-total 1fil
	[ "$stderr" = "make-voucher: our key is not the payer of channel f0100" ]
	run -1 --separate-stderr client make-voucher --channel f0101 --lane 0 --amount 1afil --max-total 1fil
	[ "${stderr_lines[0]}" = "make-voucher: no channel f0101 here" ]
	provider settle -q f0100 || [ $? = 11 ]
	run -8 --separate-stderr pay "$lane" 6afil
	[ "$stderr" = "make-voucher: channel f0100 is settling" ]
	run -0 --separate-stderr pay "$lane" 5afil -q # the same bytes again
	[ "$output" = "$(<voucher)" ]
	ledger -q advance 12h
	provider settle -q f0100
	run -8 --separate-stderr pay "$lane" 6afil
	[ "$stderr" = "make-voucher: channel f0100 was collected" ]
}

# MONEY 16
@test "an older copy of the payer's home signs no second voucher of one nonce that the ledger knows" {
	placed_channel 5000afil
	lane=$(next_lane)
	pay "$lane" 5afil -q >first
	cp -a client older
	pay "$lane" 50afil -q >second
	provider channel -q import second
	provider settle -q --keep-open f0100
	rm -rf client
	mv older client
	run -8 --separate-stderr pay "$lane" 60afil
	[ "${stderr_lines[0]}" = "make-voucher: the ledger has a later voucher of lane $lane than this home: it is an older copy" ]
	client channel -q import second
	run -0 --separate-stderr pay "$lane" 60afil -q
	provider channel -q import "$output"
}

# MONEY 16
@test "an older copy of the payer's home names a lane far from those it forgot, and the same lane when asked again" {
	placed_channel 5000afil
	lane=$(next_lane)
	pay "$lane" 5afil -q >first
	cp -a client older
	pay "$((lane + 1))" 50afil -q >second
	provider channel -q import second
	provider settle -q --keep-open f0100
	rm -rf client
	mv older client
	run -8 --separate-stderr pay "$((lane + 2))" 60afil
	[[ ${stderr_lines[0]} =~ "the next free lane of channel f0100 is "([0-9]+)$ ]]
	next=${BASH_REMATCH[1]}
	[ "$next" -gt "$((lane + 4096))" ]
	run -8 --separate-stderr pay "$((lane + 2))" 60afil
	[[ ${stderr_lines[0]} == *" is $next" ]]
	run -0 --separate-stderr pay "$next" 60afil -q
	provider channel -q import "$output"
}

# MONEY 10
@test "killed at any moment, a voucher without a deal is signed once or not at all" {
	[ "$BUILD" = "${BUILD%asan*}" ] || skip "the sanitizer's own calls come first"
	strace -o /dev/null -e trace=pwrite64 true 2>/dev/null || skip "strace can't be used"
	placed_channel 5000afil
	lane=$(next_lane)
	for n in 1 2 3 4 5 6; do
		RETRIEVAL_HOME=$PWD/client RETRIEVAL_KEY=$PWD/client.key strace -qq -o /dev/null -e trace=pwrite64,pwritev,fdatasync,write \
			-e inject=pwrite64,pwritev,fdatasync,write:signal=KILL:when="$n" \
			make-voucher -q --channel f0100 --lane "$lane" --amount "${n}afil" --max-total 1fil >killed || true
		pay "$lane" "${n}afil" -q >again
		[ ! -s killed ] || cmp killed again
		run -0 inspect --verify client
	done
	[ "$(json -r .nonce inspect --json again)" = 6 ]
}

@test "a channel is opened to a payee, paid through, settled and collected, as the page of channel shows it" {
	run -0 --separate-stderr client channel open --to "$PROVIDER" --amount 1000afil
	[ -z "$output" ]
	[[ $stderr =~ ^channel:\ channel\ f2[a-z2-7]{39}\ to\ $PROVIDER:\ 1000\ afil\ are\ available$ ]]
	client make-voucher -q --channel f2 --lane 0 --amount 300afil --max-total 1000afil >1.voucher
	client make-voucher -q --channel f2 --lane 0 --amount 500afil --max-total 1000afil >2.voucher
	provider channel -q import 2.voucher
	run -8 provider channel import "$(<1.voucher)"
	provider settle -q f2 || [ $? = 11 ]
	ledger -q advance 12h
	provider settle -q f2
	[ "$(json -r .balance ledger balance "$PROVIDER" --json)" = 500 ]
	[ "$(json -r .balance ledger balance "$CLIENT" --json)" = 999999999999999500 ]
	run -0 client settle
	run -0 inspect --verify client
	run -0 inspect --verify provider
}

# MONEY 26
@test "open --to makes an amount available: again it moves nothing, and what was promised is filled up" {
	run -0 --separate-stderr client channel open -n --to "$PROVIDER" --amount 1000afil
	[ "$stderr" = "channel: would open a channel to $PROVIDER with 1000 afil" ]
	[ -z "$(ledger channels)" ]
	client channel -q open --to "$PROVIDER" --amount 1000afil
	client channel -q open --to "$PROVIDER" --amount 1000afil
	run -0 client channel open --to "$PROVIDER" --amount 600afil --json
	[ "$(jq -r .balance <<<"$output")" = 1000 ]
	client make-voucher -q --channel f2 --lane 0 --amount 300afil --max-total 1000afil >1.voucher
	run -0 --separate-stderr client channel open -n --to "$PROVIDER" --amount 1000afil
	[[ $stderr == "channel: would use channel f2"*" and add 300 afil to it" ]]
	client channel -q open --to "$PROVIDER" --amount 1000afil
	[ "$(json '"\(.balance) \(.available)"' client channel list --json)" = "1300 1000" ]
	[ "$(count ledger channels)" = 1 ]
	run -0 inspect --verify client
}

@test "a channel that settles is not paid into: open --to makes another" {
	client channel -q open --to "$PROVIDER" --amount 1000afil
	client settle -q f2 >settled || [ $? = 11 ]
	run -0 client channel open -q --to "$PROVIDER" --amount 500afil
	[ "$(count client channel list)" = 2 ]
	[ "$(json -rs 'map(.balance) | sort | join(" ")' client channel list --json)" = "1000 500" ]
	client channel -q open --to "$PROVIDER" --amount 500afil
	[ "$(count client channel list)" = 2 ]
}

# MONEY 9
@test "killed at any moment, open --to has moved the amount once" {
	[ "$BUILD" = "${BUILD%asan*}" ] || skip "the sanitizer's own calls come first"
	strace -o /dev/null -e trace=pwrite64 true 2>/dev/null || skip "strace can't be used"
	for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		RETRIEVAL_HOME=$PWD/client RETRIEVAL_KEY=$PWD/client.key strace -qq -o /dev/null -e trace=pwrite64,pwritev,fdatasync \
			-e inject=pwrite64,pwritev,fdatasync:signal=KILL:when="$n" \
			channel open -q --to "$PROVIDER" --amount "$((n * 100))afil" 2>killed.log || true
		client channel -q open --to "$PROVIDER" --amount "$((n * 100))afil"
		[ "$(json .balance client channel list --json)" = "$((n * 100))" ]
		[ "$(count ledger channels)" = 1 ]
	done
	run -0 inspect --verify client
	run -0 ledger check
}
