#!/usr/bin/env bats

load common
load common_deal

setup() {
	common_setup
	setup_parties
}

# accepted_deal - a deal that is accepted and has no channel yet; its price is 3000 afil.
accepted_deal() {
	make_file data 1000
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
}

# to_first_pause - a deal that waits for its first payment, with the payment in pay.frames.
to_first_pause() {
	make_file data 3M
	offer_file data
	begin_deal
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	client receive-blocks -q 3.frames -o copy.car || [ $? = 3 ]
	client make-voucher -q --deal @ -o pay.frames
}

# channel_address - the one channel of the client.
channel_address() {
	client channel list | cut -d ' ' -f 1
}

@test "open funds a channel with the whole price of the deal and gives it a lane" {
	accepted_deal
	run --separate-stderr client channel open --deal @
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[[ $stderr =~ ^channel:\ channel\ f2[a-z2-7]{39},\ lane\ 0,\ for\ deal\ [0-9]+\  ]]
	run --separate-stderr client channel list
	[ "$status" -eq 0 ]
	[[ $output == f2*" to $PROVIDER: balance 3000 afil, available 0 fil, open" ]]
	run --separate-stderr ledger balance "$CLIENT"
	[ "$output" = "$CLIENT 999999999999997000 afil" ]
}

@test "open again moves no more money" {
	accepted_deal
	client channel -q open --deal @
	run --separate-stderr client channel open --deal @
	[ "$status" -eq 0 ]
	[[ $stderr == "channel: deal "*" has its channel already" ]]
	run --separate-stderr ledger balance "$CLIENT"
	[ "$output" = "$CLIENT 999999999999997000 afil" ]
}

@test "open says as JSON what it did" {
	accepted_deal
	run --separate-stderr client channel open --deal @ --json
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ $output =~ ^\{\"deal\":\"[0-9]+\",\"channel\":\"f2[a-z2-7]{39}\",\"lane\":\"0\",\"amount\":\"3000\"\}$ ]]
}

@test "open with an amount puts that into the channel" {
	accepted_deal
	client channel -q open --deal @ --amount 5000afil
	run --separate-stderr client channel list
	[[ $output == *": balance 5000 afil, available 0 fil, open" ]]
}

@test "a dry run of open says what would happen and changes nothing" {
	accepted_deal
	run --separate-stderr client channel open -n --deal @
	[ "$status" -eq 0 ]
	[[ $stderr == "channel: would open a channel to $PROVIDER for deal "*" with 3000 afil" ]]
	run --separate-stderr client channel list
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	run --separate-stderr ledger balance "$CLIENT"
	[ "$output" = "$CLIENT 1 fil" ]
}

@test "a second deal with the same provider uses the same channel, and adds what it lacks" {
	accepted_deal
	client channel -q open --deal @ --amount 4000afil
	finish_deal
	make_file data 1000 500
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	run --separate-stderr client channel open -n --deal @
	[ "$status" -eq 0 ]
	[[ $stderr == "channel: would use channel f2"*" and add 2000 afil to it" ]]
	run --separate-stderr client channel open --deal @
	[ "$status" -eq 0 ]
	[[ $stderr == *", lane 1, for deal "* ]]
	run --separate-stderr client channel list
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *": balance 6000 afil, available 0 fil, not submitted 3000 afil, open" ]]
}

@test "an account without enough is told by how much, and nothing is opened" {
	accepted_deal
	run --separate-stderr client channel open --deal @ --amount 3fil
	[ "$status" -eq 4 ]
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "channel: not enough in account $CLIENT: needed 3000000000000000000 afil, available 1000000000000000000 afil, short 2000000000000000000 afil" ]
	[ "${stderr_lines[1]}" = "channel: hint: ledger fund $CLIENT 2000000000000000000afil" ]
	run --separate-stderr ledger channels
	[ -z "$output" ]
}

@test "after the account was funded, open goes on" {
	accepted_deal
	run client channel open --deal @ --amount 3fil
	[ "$status" -eq 4 ]
	ledger -q fund "$CLIENT" 2fil
	run --separate-stderr client channel open --deal @
	[ "$status" -eq 0 ]
	run --separate-stderr client channel list
	[[ $output == *": balance 3 fil, available 0 fil, open" ]]
}

@test "a deal that is not accepted gets no channel" {
	make_file data 1000
	offer_file data --price 3afil
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	run --separate-stderr client channel open --deal @
	[ "$status" -eq 8 ]
	[[ $stderr == "channel: deal "*": a channel comes after acceptance" ]]
}

@test "a free deal needs no channel" {
	make_file data 1000
	offer_file data --price 0
	client propose -q content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	run --separate-stderr client channel open --deal @
	[ "$status" -eq 0 ]
	[[ $stderr == "channel: deal "*" is free: no channel is needed" ]]
}

@test "the same order of funds again moves nothing until --again says so, or something has changed" {
	accepted_deal
	client channel -q open --deal @
	run --separate-stderr client channel add-funds @ 500afil
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$stderr" = "channel: added 500 afil to channel $(channel_address): it holds 3500 afil" ]
	run --separate-stderr client channel add-funds "$(channel_address)" 500afil
	[ "$status" -eq 0 ]
	[ "$stderr" = "channel: 500 afil were added to channel $(channel_address) already: it holds 3500 afil; --again adds once more" ]
	run --separate-stderr client channel add-funds --again "$(channel_address)" 500afil
	[ "$status" -eq 0 ]
	[[ $stderr == *": it holds 4000 afil" ]]
	client channel -q add-funds @ 1afil
	run --separate-stderr client channel add-funds @ 500afil
	[[ $stderr == "channel: added "*": it holds 4501 afil" ]]
}

# MONEY 9
@test "two equal add-funds at the same time are one order, wherever the one is when the other comes" {
	[ "$BUILD" = "${BUILD%asan*}" ] || skip "the sanitizer draws random bytes too"
	strace -o /dev/null -e trace=getrandom -e inject=getrandom:signal=CONT:when=999 true 2>/dev/null || skip "strace can't be used"
	accepted_deal
	client channel -q open --deal @
	client strace -qq -o calls -e trace=getrandom channel -q add-funds @ 50afil
	# The last is in the transaction that signs: the other would wait for its end.
	last=$(($(grep -c '^getrandom(' calls) - 1))
	[ "$last" -ge 1 ] || skip "random bytes come without a system call here"
	holds=3050
	for ((n = 1; n <= last; n++)); do
		RETRIEVAL_HOME=$PWD/client RETRIEVAL_KEY=$PWD/client.key strace -qq -o "trace.$n" -e trace=getrandom -e inject=getrandom:signal=STOP:when=$n \
			channel add-funds @ "${n}afil" 2>slow.log &
		wait_until grep -qs "stopped by SIGSTOP" "trace.$n"
		client channel -q add-funds --again @ 10afil # takes the nonce that the stopped one may have signed with
		client channel -q add-funds @ "${n}afil"
		pkill -CONT -P $!
		wait $!
		holds=$((holds + 10 + n))
		[[ $(client channel list) == *": balance $holds afil, "* ]]
		[[ $(<slow.log) == "channel: $n afil were added to channel "*" already: it holds $holds afil"* ]]
	done
}

@test "a dry run of add-funds moves nothing" {
	accepted_deal
	client channel -q open --deal @
	run --separate-stderr client channel add-funds -n @ 500afil
	[ "$status" -eq 0 ]
	[ "$stderr" = "channel: would add 500 afil to channel $(channel_address)" ]
	run --separate-stderr client channel add-funds -n @ 5fil
	[ "$status" -eq 4 ]
	run --separate-stderr ledger balance "$(channel_address)"
	[[ $output == *" 3000 afil" ]]
}

@test "add-funds refuses nothing, an amount without unit, and a channel that is not there" {
	accepted_deal
	client channel -q open --deal @
	run --separate-stderr client channel add-funds @ 0
	[ "$status" -eq 2 ]
	run --separate-stderr client channel add-funds @ 5
	[ "$status" -eq 2 ]
	run --separate-stderr client channel add-funds f0999 5afil
	[ "$status" -eq 1 ]
	[ "$stderr" = "channel: the ledger has no channel f0999" ]
}

@test "a channel is named by its address, the beginning of it, or its deal" {
	accepted_deal
	client channel -q open --deal @
	address=$(channel_address)
	for name in "$address" "${address:0:6}" f @; do
		run --separate-stderr client channel show "$name"
		[ "$status" -eq 0 ]
		[ "${lines[0]}" = "channel    $address" ]
	done
	run --separate-stderr client channel show f3aa
	[ "$status" -eq 1 ]
	[ "$stderr" = "channel: no channel here begins with 'f3aa'" ]
	run --separate-stderr client channel show "${address:0:20}"zzz
	[ "$status" -eq 1 ]
	run --separate-stderr client channel show there
	[ "$status" -eq 6 ]
}

@test "a mistyped address is refused with 6" {
	accepted_deal
	client channel -q open --deal @
	address=$(channel_address)
	letter=a
	[ "${address:10:1}" != a ] || letter=b
	run --separate-stderr client channel show "${address:0:10}$letter${address:11}"
	[ "$status" -eq 6 ]
	[ -z "$output" ]
	[[ $stderr == *"is mistyped: the checksum of the address does not match" ]]
}

@test "a deal without a channel has none to show" {
	accepted_deal
	run --separate-stderr client channel show @
	[ "$status" -eq 8 ]
	[[ $stderr == "channel: deal "*" has no channel: none was opened for it" ]]
	run --separate-stderr provider channel show @
	[ "$status" -eq 8 ]
	[[ $stderr == "channel: deal "*" has no channel: no payment has come in" ]]
}

@test "both sides see the same vouchers, and lanes say what the ledger knows" {
	accepted_deal
	client channel -q open --deal @
	finish_deal
	run --separate-stderr client channel vouchers @
	[ "$status" -eq 0 ]
	[[ ${lines[0]} =~ ^lane\ 0\ nonce\ 1\ 3000\ afil\ [A-Za-z0-9_-]+$ ]]
	theirs=$output
	run --separate-stderr provider channel vouchers @
	[ "$output" = "$theirs" ]
	run --separate-stderr provider channel lanes @
	[[ $output =~ ^lane\ 0\ deal\ [0-9]+:\ nonce\ 1,\ 3000\ afil\;\ not\ on\ the\ ledger$ ]]
	provider settle -q @
	run --separate-stderr provider channel lanes @
	[[ $output =~ \ nonce\ 1,\ 3000\ afil\;\ on\ the\ ledger\ nonce\ 1,\ 3000\ afil$ ]]
}

@test "best shows one voucher a lane, export its text and the name of its ledger" {
	make_file data 3M
	offer_file data --price 1afil --interval 1MiB --increase 1MiB
	begin_deal
	finish_deal
	run --separate-stderr provider channel vouchers @
	[ "${#lines[@]}" -ge 2 ]
	last=${lines[-1]}
	run --separate-stderr provider channel vouchers --best @
	[ "$output" = "$last" ]
	run --separate-stderr provider channel export @
	[ "$status" -eq 0 ]
	[[ $output =~ ^([^\ ]+)\ f-[0-9a-f]{16}$ ]]
	[ "${BASH_REMATCH[1]}" = "${last##* }" ]
}

@test "show has the ledger's state and what is available" {
	accepted_deal
	client channel -q open --deal @ --amount 5000afil
	finish_deal
	run --separate-stderr client channel show @
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = "state      open" ]
	[ "${lines[2]}" = "payer      $CLIENT (us)" ]
	[ "${lines[3]}" = "payee      $PROVIDER" ]
	[ "${lines[4]}" = "balance    5000 afil" ]
	[ "${lines[5]}" = "vouchers   3000 afil" ]
	[ "${lines[6]}" = "submitted  0 fil" ]
	[ "${lines[7]}" = "reserved   0 fil" ]
	[ "${lines[8]}" = "available  2000 afil" ]
	provider settle -q @
	run --separate-stderr client channel show @
	[ "${lines[1]}" = "state      settling until epoch 1440, in 12h" ]
	[ "${lines[6]}" = "submitted  3000 afil" ]
}

@test "JSON has amounts and ids as strings" {
	accepted_deal
	client channel -q open --deal @
	run --separate-stderr client channel list --json
	[ "$status" -eq 0 ]
	[[ $output == *'"outbound":true,"vouchers":"0","balance":"3000","submitted":"0","available":"0","settling_at":0,"reserved":"3000","unsubmitted":"0","returning":"0","arriving":"0","queued":"0"}' ]]
	run --separate-stderr client channel lanes @ --json
	[[ $output =~ ^\{\"lane\":\"0\",\"deal\":\"[0-9]+\",\"nonce\":\"0\",\"amount\":\"0\", ]]
}

@test "available is what the next open uses: nothing that an open deal may still draw" {
	accepted_deal
	client channel -q open --deal @ --amount 4000afil
	run --separate-stderr client channel show @
	[ "$status" -eq 0 ]
	[ "${lines[7]}" = "reserved   4000 afil" ]
	[ "${lines[8]}" = "available  0 fil" ]
	make_file other 1000 500
	offer_file other --price 3afil --interval 1KiB --increase 1KiB
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	run --separate-stderr client channel open -n --deal @
	[ "$status" -eq 0 ]
	[[ $stderr == "channel: would use channel f2"*" and add 3000 afil to it" ]]
}

@test "list says what a settling channel's payee must submit, and by when" {
	accepted_deal
	client channel -q open --deal @
	finish_deal
	client settle -q @
	run --separate-stderr provider channel list
	[ "$status" -eq 0 ]
	[[ $output == f2*" from $CLIENT: balance 3000 afil, available 0 fil, not submitted 3000 afil, settling until epoch 1440, in 12h: submit 3000 afil before then (settle)" ]]
	run --separate-stderr provider channel list --json
	[ "$(jq -r '[.unsubmitted, .settling_at] | join(" ")' <<<"$output")" = "3000 1440" ]
	run --separate-stderr provider settle -q @
	[ "$status" -eq 11 ]
	run --separate-stderr provider channel list
	[[ $output == *": balance 3000 afil, available 0 fil, settling until epoch 1440, in 12h" ]]
}

@test "list says that it is too late to submit once the settle delay has ended" {
	accepted_deal
	client channel -q open --deal @
	finish_deal
	client settle -q @
	ledger -q advance 1440e
	run --separate-stderr provider channel list
	[ "$status" -eq 0 ]
	[[ $output == *", settled: it can be collected, but it is too late to submit 3000 afil" ]]
}

@test "import takes up a channel of ours that is on the ledger, and no other" {
	ledger -q place f0100 "$CLIENT" "$PROVIDER" 5000afil
	run --separate-stderr client channel import f0100
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$stderr" = "channel: channel f0100: this home is the payer, the balance is 5000 afil" ]
	run --separate-stderr provider channel import f0100
	[ "$stderr" = "channel: channel f0100: this home is the payee, the balance is 5000 afil" ]
	keygen -q --seed 3 -o other.key
	run --separate-stderr client channel import --key other.key --home other f0100
	[ "$status" -eq 8 ]
	[ "$stderr" = "channel: our key is neither payer nor payee of channel f0100" ]
	run --separate-stderr client channel import f0101
	[ "$status" -eq 1 ]
	[ "$stderr" = "channel: the ledger has no channel f0101" ]
}

@test "a deal goes through an imported channel" {
	ledger -q place f0100 "$CLIENT" "$PROVIDER" 5000afil
	client channel -q import f0100
	accepted_deal
	client channel -q open --deal @
	finish_deal
	run --separate-stderr client channel list
	[[ $output == "f0100 to $PROVIDER: balance 5000 afil, available 2000 afil, not submitted 3000 afil, open" ]]
}

@test "without a key nothing is opened" {
	accepted_deal
	run --separate-stderr client channel open --deal @ --key nowhere
	[ "$status" -eq 2 ]
	[ "${stderr_lines[1]}" = "channel: hint: keygen -o nowhere" ]
}

@test "import takes vouchers as text, as export writes them, and what is held already changes nothing" {
	to_first_pause
	client channel export @ >vouchers
	run -0 --separate-stderr provider channel import vouchers
	[ -z "$output" ]
	[[ $stderr == "channel: a voucher of channel "*" is taken: "*" afil more" ]]
	provider channel list --json >before
	run -0 --separate-stderr provider channel import - <vouchers
	[ -z "$stderr" ]
	provider channel list --json >after
	cmp before after
	run -0 --separate-stderr provider channel import "$(cat vouchers)"
	run -0 --separate-stderr inspect --verify provider
	# the deal counts it once the payment itself comes
	run -0 --separate-stderr provider validate pay.frames -o paid.frames
	run -0 --separate-stderr inspect --verify provider
}

@test "an export of another ledger is refused with both names, before its voucher is looked at" {
	to_first_pause
	client channel export @ >vouchers
	ledger -q init --manual --ledger other
	name=$(cut -d ' ' -f 2 vouchers)
	for from in vouchers - "$(<vouchers)" "$name"; do
		RETRIEVAL_HOME=$PWD/fourth RETRIEVAL_KEY=$PWD/provider.key run -2 --separate-stderr channel import --ledger other "$from" <vouchers
		[[ $stderr =~ ^channel:\ the\ voucher\ is\ of\ the\ ledger\ $name,\ but\ the\ ledger\ in\ \'other\'\ is\ f-[0-9a-f]{16}$ ]]
	done
	[ -z "$(RETRIEVAL_HOME=$PWD/fourth channel list --ledger other)" ]
	# Words that the shell has split are taken, too.
	# shellcheck disable=SC2046
	run -0 --separate-stderr provider channel import $(<vouchers)
	[[ $stderr == "channel: a voucher of channel "*" is taken: "* ]]
	run -6 --separate-stderr provider channel import "$(<vouchers) $(<vouchers)"
	[[ $stderr == *"follows a voucher: a line has one voucher, and the name of its ledger" ]]
}

@test "import refuses a voucher that pays somebody else" {
	to_first_pause
	client channel export @ >vouchers
	keygen -q --seed 3 -o third.key
	RETRIEVAL_HOME=$PWD/third RETRIEVAL_KEY=$PWD/third.key run -8 --separate-stderr channel import vouchers
	[[ $stderr == *"does not pay to us"* ]]
}

# flipped TEXT - the voucher TEXT with another signature: its last letter but four is another one.
flipped() {
	local at=$((${#1} - 5)) letter=A

	[ "${1:at:1}" != A ] || letter=B
	printf '%s%s%s\n' "${1:0:at}" "$letter" "${1:at+1}"
}

# exported - the text of the one voucher that the provider exports.
exported() {
	json .voucher provider channel export @ --json
}

@test "a voucher as make-voucher -p prints it is taken, and one that is older, changed or of no channel here is refused" {
	to_first_pause
	old=$(client make-voucher -p --deal @)
	provider validate -q pay.frames -o paid.frames
	one_round || [ "$?" = 3 ]
	new=$(client make-voucher -p --deal @)
	[ "$old" != "$new" ]
	run -7 --separate-stderr provider channel import "$(flipped "$new")"
	run -0 --separate-stderr provider channel import "$new"
	[ "$(count provider channel export @)" = 1 ]
	[ "$(exported)" = "$new" ]
	run -8 --separate-stderr provider channel import "$old"
	[[ $stderr == "channel: voucher refused: "* ]]
	[ "$(exported)" = "$new" ]
	ledger -q init --manual --ledger other-ledger
	RETRIEVAL_HOME=$PWD/fourth RETRIEVAL_KEY=$PWD/provider.key run -8 --separate-stderr channel import --ledger other-ledger "$new"
	[[ $stderr == *"the ledger has no channel "* ]]
}

@test "export and import are inverses between homes of one key, for who is paid and for who pays" {
	to_first_pause
	provider validate -q pay.frames -o paid.frames
	for who in client provider; do
		$who channel export @ >$who.vouchers
		$who channel list --json | jq -c 'del(.state)' >$who.list
		RETRIEVAL_HOME=$PWD/empty.$who RETRIEVAL_KEY=$PWD/$who.key run -0 --separate-stderr channel import $who.vouchers
		[[ $stderr == "channel: a voucher of channel "* ]]
		RETRIEVAL_HOME=$PWD/empty.$who RETRIEVAL_KEY=$PWD/$who.key channel export "$(jq -r .channel $who.list)" >again.vouchers
		cmp $who.vouchers again.vouchers
		[ "$(json -c '{channel, from, to, outbound, vouchers}' channel list --home "$PWD/empty.$who" --json)" = \
			"$(jq -c '{channel, from, to, outbound, vouchers}' $who.list)" ]
		run -0 inspect --verify "empty.$who"
		RETRIEVAL_HOME=$PWD/empty.$who RETRIEVAL_KEY=$PWD/$who.key run -0 --separate-stderr channel import $who.vouchers
		[ -z "$stderr" ]
	done
	cmp client.vouchers provider.vouchers
}

@test "who pays gets its own voucher back for a deal that is open, and pays on from there" {
	to_first_pause
	provider validate -q pay.frames -o paid.frames
	cp -a client older
	client receive-blocks -q paid.frames || true
	one_round || [ "$?" = 3 ]
	client channel export @ >vouchers
	spent=$(json .spent client deals show @ --json)
	rm -rf client
	mv older client
	[ "$(json .spent client deals show @ --json)" -lt "$spent" ]
	run -0 --separate-stderr client channel import --json vouchers
	[ "$(jq -r '"\(.tool) \(.exit) \(.new) \(.amount)"' <<<"$output")" = "channel 0 true $spent" ]
	[ "$(json .spent client deals show @ --json)" = "$spent" ]
	run -7 --separate-stderr client channel import "$(flipped "$(cut -d ' ' -f 1 vouchers)")"
	[[ $stderr == "channel: a voucher that the provider gives back is not signed by the payer of its channel" ]]
	client retrieve -q --max-total 0.5fil --via "RETRIEVAL_HOME=$PWD/provider serve -q" content.offer -o whole.car
	cmp content.car whole.car
	[ "$(json .spent client deals show @ --json)" = "$(json .received provider deals show @ --json)" ]
	[ "$(json .spent client deals show @ --json)" = "$(($(json .bytes client deals show @ --json) * 2))" ]
	run -0 inspect --verify client
	run -0 inspect --verify provider
}

@test "of many vouchers the good ones are taken, whatever the others are, and the first failure is the exit code" {
	to_first_pause
	client channel export @ >vouchers
	{ flipped "$(cut -d ' ' -f 1 vouchers)" && echo nonsense && cat vouchers; } >mixed
	run -7 --separate-stderr provider channel import mixed
	[ "$(provider channel export "$(json .channel client channel list --json)")" = "$(cat vouchers)" ]
}

@test "no channel is opened to an address that may have no key" {
	make_file data 1000
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
	root=$(client inspect --json content.car | jq -r '.roots[0]')
	for payee in f01234 f2ia5afjkrsvtco56gn5onxjyfnnmikr5smj7pooa; do
		client propose -q --max-total 0.1fil --price 3afil --interval 1KiB --increase 1KiB --pay-to "$payee" "$root" -o 1.frames
		provider validate -q 1.frames -o 2.frames
		client validate -q 2.frames
		run -1 --separate-stderr client channel open --deal @ --amount 5000afil
		[ "$stderr" = "channel: no channel is opened to $payee: only the address of a key, f1 or f3, surely redeems vouchers" ]
	done
	[ -z "$(client channel list)" ]
}
