#!/usr/bin/env bats

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

@test "settle submits and settles, waits, collects, and then has nothing to do" {
	paid_deal
	run --separate-stderr provider settle @
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${lines[0]}" = "$CHANNEL submitted the voucher of lane 0, nonce 1: 3000 afil more" ]
	[ "${lines[1]}" = "$CHANNEL settling: 3000 afil can be collected from epoch 1440 on, in 12h" ]
	[ "${#lines[@]}" -eq 2 ]

	ledger -q advance 1h
	run --separate-stderr provider settle @
	[ "$status" -eq 11 ]
	[ "$output" = "$CHANNEL settling: 3000 afil can be collected from epoch 1440 on, in 1320 epochs (11h)" ]
	[ "$stderr" = "settle: channel $CHANNEL settles until epoch 1440, it is 120 now" ]

	ledger -q advance 11h
	run --separate-stderr provider settle @
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$output" = "$CHANNEL collected 3000 afil" ]

	run --separate-stderr provider settle @
	[ "$status" -eq 0 ]
	[ "$output" = "$CHANNEL collected: nothing is left to do" ]
}

@test "the payee gets exactly the vouchers' amount, the payer the rest, and the books balance" {
	paid_deal
	provider settle -q @
	ledger -q advance 12h
	provider settle -q @
	run --separate-stderr ledger balance "$PROVIDER" "$CLIENT"
	[ "${lines[0]}" = "$PROVIDER 3000 afil" ]
	[ "${lines[1]}" = "$CLIENT 999999999999997000 afil" ]
	run --separate-stderr ledger check
	[ "$status" -eq 0 ]
}

@test "plan says what would be earned and by when, and changes nothing" {
	paid_deal
	for option in --plan -n; do
		run --separate-stderr provider settle $option @
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
		[ "${lines[0]}" = "$CHANNEL would submit the voucher of lane 0, nonce 1: 3000 afil more" ]
		[ "${lines[1]}" = "$CHANNEL would settle: 3000 afil can be collected from epoch 1440 on, in 12h" ]
	done
	provider settle -q @
	run --separate-stderr provider settle --plan @
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == *"in 1440 epochs (12h)" ]]
	ledger -q advance 12h
	run --separate-stderr provider settle --plan @
	[ "${lines[0]}" = "$CHANNEL would collect 3000 afil" ]
	[ "${lines[1]}" = "$CHANNEL in all: 3000 afil are earned; to the end 1 message" ]
	run --separate-stderr ledger balance "$PROVIDER"
	[ "$output" = "$PROVIDER 0 fil" ]
}

@test "JSON has one object a step, with amounts and ids as strings" {
	paid_deal
	run --separate-stderr provider settle --json @
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "{\"channel\":\"$CHANNEL\",\"step\":\"submit\",\"plan\":false,\"epoch\":0,\"lane\":\"0\",\"nonce\":\"1\",\"amount\":\"3000\",\"done\":true}" ]
	[ "${lines[1]}" = "{\"channel\":\"$CHANNEL\",\"step\":\"settle\",\"plan\":false,\"epoch\":0,\"amount\":\"3000\",\"until\":1440,\"wait_seconds\":43200,\"done\":true}" ]
	run --separate-stderr provider settle --json @
	[ "$status" -eq 11 ]
	[[ $output == *'"step":"wait"'*'"done":false,"error":"too early"}' ]]
	[[ $stderr == '{"tool":"settle","exit":11,"error":'* ]]
}

@test "the client can settle too, and gets back what no voucher has promised" {
	paid_deal
	run --separate-stderr client settle @
	[ "$status" -eq 0 ]
	[ "$output" = "$CHANNEL settling: 2000 afil can be collected from epoch 1440 on, in 12h; until then the payee can submit more" ]
	run --separate-stderr provider settle @
	[ "$status" -eq 11 ]
	[ "${lines[0]}" = "$CHANNEL submitted the voucher of lane 0, nonce 1: 3000 afil more" ]
	[ "${lines[1]}" = "$CHANNEL settling: 3000 afil can be collected from epoch 1440 on, in 1440 epochs (12h)" ]
	ledger -q advance 12h
	run --separate-stderr client settle @
	[ "$status" -eq 0 ]
	[ "$output" = "$CHANNEL collected 2000 afil" ]
	run --separate-stderr provider settle @
	[ "$output" = "$CHANNEL collected: nothing is left to do" ]
	run --separate-stderr ledger balance "$PROVIDER"
	[ "$output" = "$PROVIDER 3000 afil" ]
}

@test "a channel is named by address or deal, and the same one twice is settled once" {
	paid_deal
	run --separate-stderr provider settle "$CHANNEL" @ "${CHANNEL:0:8}"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "without arguments all channels are settled that are not collected" {
	run --separate-stderr provider settle
	[ "$status" -eq 1 ]
	paid_deal
	ledger -q place f0100 "$CLIENT" "$PROVIDER" 7afil
	provider channel -q import f0100
	run --separate-stderr provider settle
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	run --separate-stderr provider settle
	[ "$status" -eq 11 ]
	[ "${#lines[@]}" -eq 2 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	ledger -q advance 12h
	run --separate-stderr provider settle
	[ "$status" -eq 0 ]
	[[ $output == *"collected 3000 afil"* ]]
	run --separate-stderr provider settle
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$stderr" = "settle: there is no channel to settle" ]
}

# half_paid_deal - a deal of which the provider sent a part and was paid for it.
half_paid_deal() {
	make_file data 5M
	offer_file data
	client retrieve -q --idle 2s --max-total 0.5fil content.offer \
		--via "RETRIEVAL_HOME=$PWD/provider serve -q | stdbuf -o0 head -c 3000000" || true
}

@test "without arguments a channel on which a deal goes on is left open, and its vouchers are submitted" {
	half_paid_deal
	for side in client provider; do
		run -0 --separate-stderr $side settle --plan
		[[ $output == *" choice: wait, 0 messages: "* ]]
		[[ ${lines[-1]} == "total of 1 channel: "* ]]
		line=$(grep " open still, " <<<"$output")
		[[ $line =~ ^f2[a-z0-9]+\ open\ still,\ as\ 1\ deal\ goes\ on:\ settling\ now\ would\ bring\ [0-9]+\ afil$ ]]
		run -11 --separate-stderr $side settle
		[[ ${lines[-1]} == *" open still, as 1 deal goes on: "* ]]
		[[ ${stderr_lines[0]} == "settle: channel f2"*" is not settled while deals on it go on" ]]
		[[ ${stderr_lines[1]} == "settle: hint: settle f2"* ]]
	done
	run -0 ledger channels
	[[ $output == *", open" ]]
	run -0 --separate-stderr provider settle @
	[[ ${lines[-1]} == *"settling: "*"; deals on it that go on get no further" ]]
	run -11 --separate-stderr client settle --json
	[ "$(jq -r .step <<<"$output")" = wait ]
}

# SETTLE 1
@test "one channel that fails keeps no other from being settled, and gives the exit code" {
	paid_deal
	run --separate-stderr provider settle f0999 @ f0998
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 2 ]
	[ "${stderr_lines[0]}" = "settle: no channel f0998 here" ]
	[ "${stderr_lines[1]}" = "settle: no channel f0999 here" ]
	run --separate-stderr provider settle @ f0999
	[ "$status" -eq 1 ]
	[[ $output == *"in 1440 epochs (12h)" ]]
}

@test "a name that is not understood stops everything before money moves" {
	paid_deal
	run --separate-stderr provider settle @ rubbish
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	run --separate-stderr ledger channels
	[[ $output == *", open" ]]
}

@test "a deal that does not exist, or has no channel, is named" {
	run --separate-stderr provider settle @
	[ "$status" -eq 1 ]
	paid_deal
	run --separate-stderr provider settle 1234567890123456789
	[ "$status" -eq 1 ]
	[ "$stderr" = "settle: no deal begins with '1234567890123456789'" ]
	make_file data 1000 7
	offer_file data --price 3afil
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	run --separate-stderr provider settle @
	[ "$status" -eq 8 ]
	[[ $stderr == *" has no channel: no payment has come in" ]]
}

@test "a stranger can neither settle nor collect" {
	paid_deal
	keygen -q --seed 3 -o other.key
	run --separate-stderr provider settle --key other.key @
	[ "$status" -eq 8 ]
	run --separate-stderr ledger channels
	[[ $output == *", open" ]]
}

# SETTLE 2
@test "nothing is submitted twice" {
	paid_deal
	provider settle -q @
	run --separate-stderr provider channel lanes @
	[[ $output == *"on the ledger nonce 1, 3000 afil" ]]
	run --separate-stderr provider settle @
	[ "$status" -eq 11 ]
	[ "${#lines[@]}" -eq 1 ]
	run --separate-stderr ledger log
	[ "$(grep -c ' update ' <<<"$output")" -eq 1 ]
	[ "$(grep -c ' settle ' <<<"$output")" -eq 1 ]
}

# SETTLE 4
@test "a payee that comes too late is told what it lost, on each run, and exit 0 comes only after it was written off" {
	paid_deal
	client settle -q @
	ledger -q advance 13h
	run -1 --separate-stderr provider settle --plan
	[ "${lines[0]}" = "$CHANNEL would collect 0 fil" ]
	[ "${lines[1]}" = "$CHANNEL lost: vouchers of 3000 afil were not submitted in time" ]
	run -1 --separate-stderr provider settle
	[ "${lines[0]}" = "$CHANNEL collected 0 fil" ]
	[ "${lines[1]}" = "$CHANNEL lost: vouchers of 3000 afil were not submitted in time" ]
	[ "${stderr_lines[0]}" = "settle: channel $CHANNEL: 3000 afil are lost, their vouchers were not submitted in time" ]
	[ "${stderr_lines[1]}" = "settle: hint: settle --write-off $CHANNEL" ]
	for what in "" "@"; do
		# shellcheck disable=SC2086 # none or one
		run -1 --separate-stderr provider settle $what
		[ "${lines[0]}" = "$CHANNEL collected: nothing is left to do" ]
		[ "${lines[1]}" = "$CHANNEL lost: vouchers of 3000 afil were not submitted in time" ]
	done
	run -0 provider channel list
	[[ $output == *", collected, 3000 afil lost" ]]
	[ "$(json .next provider deals show @ --json)" = "" ]
	run -0 --separate-stderr provider settle -n --write-off "$CHANNEL"
	[ "$output" = "$CHANNEL would write off 3000 afil" ]
	run -1 provider settle
	run -0 --separate-stderr provider settle --write-off "$CHANNEL"
	[ "$output" = "$CHANNEL wrote off 3000 afil" ]
	run -0 --separate-stderr provider settle
	[ -z "$output" ]
	run -0 --separate-stderr provider settle @
	[ "$output" = "$CHANNEL collected: nothing is left to do" ]
}

@test "a payee whose payer has collected before it is told what it lost" {
	paid_deal
	client settle -q @
	ledger -q advance 13h
	run -0 --separate-stderr client settle @
	[ "$output" = "$CHANNEL collected 5000 afil" ]
	run -1 --separate-stderr provider settle --json
	[ "$(jq -rs 'map("\(.step) \(.amount)") | join(", ")' <<<"$output")" = "nothing null, lost 3000" ]
	[ "$(jq -r .exit <<<"$stderr")" = 1 ]
}

@test "what was submitted in time is not lost, only the rest is" {
	half_paid_deal
	provider settle -q --keep-open
	before=$(json .submitted provider channel list --json)
	[ "$before" -gt 0 ]
	client deals -q restart @ || true
	client retrieve -q --max-total 0.5fil content.offer -o copy.car --via "RETRIEVAL_HOME=$PWD/provider serve -q"
	all=$(json .vouchers provider channel list --json)
	[ "$all" -gt "$before" ]
	client settle -q --close
	ledger -q advance 13h
	run -1 --separate-stderr provider settle --json
	[ "$(jq -rs 'map("\(.step) \(.amount)") | join(", ")' <<<"$output")" = "collect $before, lost $((all - before))" ]
}

@test "a loss can't be written off where there is none" {
	paid_deal
	run -8 --separate-stderr provider settle --write-off @
	[ "$stderr" = "settle: nothing was lost on channel $CHANNEL" ]
}

@test "keep-open submits the vouchers, and the channel stays for the next deal" {
	paid_deal
	run -0 --separate-stderr provider settle --keep-open
	[ "${lines[0]}" = "$CHANNEL submitted the voucher of lane 0, nonce 1: 3000 afil more" ]
	[ "${lines[1]}" = "$CHANNEL stays open with 2000 afil unspent: settling would bring 3000 afil" ]
	run -0 --separate-stderr provider settle --keep-open @
	[ "$output" = "$CHANNEL stays open with 2000 afil unspent: settling would bring 3000 afil" ]
	run -0 --separate-stderr client settle --keep-open
	[ "$output" = "$CHANNEL stays open with 2000 afil unspent: settling would bring 2000 afil" ]
	make_file data 1000 500
	offer_file data --price 2afil --interval 1KiB --increase 1KiB
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	run -0 --separate-stderr client channel open --deal @
	[[ $stderr == "channel: channel $CHANNEL, lane 1, for deal "* ]]
	finish_deal
	# All is spent: nothing is left to be kept open for.
	run -0 --separate-stderr provider settle --keep-open
	[ "${lines[0]}" = "$CHANNEL submitted the voucher of lane 1, nonce 1: 2000 afil more" ]
	[ "${lines[1]}" = "$CHANNEL settling: 5000 afil can be collected from epoch 1440 on, in 12h" ]
	ledger -q advance 12h
	run -0 --separate-stderr provider settle --keep-open
	[ "$output" = "$CHANNEL collected 5000 afil" ]
	[ "$(ledger balance "$PROVIDER")" = "$PROVIDER 5000 afil" ]
}

@test "close settles also where a deal goes on" {
	half_paid_deal
	run -11 --separate-stderr provider settle
	run -0 --separate-stderr provider settle --close
	[[ $output == *"settling: "*"; deals on it that go on get no further" ]]
}

@test "plan says what each way on costs, brings, and by when" {
	paid_deal
	run -0 --separate-stderr provider settle --plan
	[ "${lines[2]}" = "$CHANNEL choice: settle --keep-open, 1 message: 3000 afil made sure of, the channel stays open with 2000 afil unspent" ]
	[ "${lines[3]}" = "$CHANNEL choice: settle --close, 3 messages: 3000 afil are paid out from epoch 1440 on, in 12h" ]
	[ "${lines[4]}" = "$CHANNEL choice: wait, 0 messages: 3000 afil must be submitted within 12h once the payer settles, or they are lost" ]
	[ "${lines[5]}" = "$CHANNEL in all: 3000 afil are earned, 3000 afil of them not submitted yet; to the end 3 messages" ]
	[ "${lines[6]}" = "total of 1 channel: 3000 afil are ours, 3000 afil of them not submitted yet; to the end 3000 afil paid" ]
	[ "${#lines[@]}" -eq 7 ]
	run -0 --separate-stderr client settle --plan
	[ "${lines[1]}" = "$CHANNEL choice: settle --close, 2 messages: 2000 afil come back from epoch 1440 on, in 12h" ]
	[ "${lines[2]}" = "$CHANNEL choice: wait, 0 messages: nothing is lost, the channel stays open with 2000 afil unspent" ]
	client settle -q @
	ledger -q advance 2h
	run -0 --separate-stderr provider settle --plan
	[ "${lines[2]}" = "$CHANNEL choice: settle, 1 message: 3000 afil made sure of" ]
	[ "${lines[3]}" = "$CHANNEL choice: wait, 0 messages: 3000 afil are lost at epoch 1440, in 10h" ]
	run -0 --separate-stderr provider settle --plan --json
	[ "$(jq -rs 'map(select(.step == "choice") | "\(.choice) \(.messages) \(.amount) \(.until)") | join(", ")' <<<"$output")" = \
		"submit 1 3000 1440, wait 0 3000 1440" ]
}

@test "plan adds up all channels, and names the first deadline" {
	paid_deal
	ledger -q place f0100 "$CLIENT" "$PROVIDER" 7afil
	client channel -q import f0100
	provider channel -q import f0100
	client settle -q "$CHANNEL"
	for all in "" --all; do
		# shellcheck disable=SC2086 # none or one
		run -0 --separate-stderr provider settle --plan $all
		[ "${lines[-1]}" = "total of 2 channels: 3000 afil are ours, 3000 afil of them not submitted yet, the first before epoch 1440, in 12h; to the end 3000 afil paid" ]
	done
	run -0 --separate-stderr provider settle --plan --json
	[ "$(jq -c 'select(.step == "total")' <<<"$output")" = '{"step":"total","plan":true,"channels":2,"left":0,"amount":"3000","unsubmitted":"3000","pays":"3000","fee":"0","fee_most":"0","fee_about":false,"net":"3000","until":1440,"wait_seconds":43200}' ]
	run -0 --separate-stderr provider settle --plan "$CHANNEL" f0100
	[[ $output != *total* ]]
	run -0 --separate-stderr client settle --plan
	[ "${lines[-1]}" = "total of 2 channels: 2007 afil are ours; to the end 2007 afil paid" ]
}

@test "where the ledger has a clock, each deadline has a time, in the time zone of the user" {
	rm -r ledger
	ledger -q init
	ledger -q fund "$CLIENT" 1fil
	paid_deal
	epoch=$(json .epoch ledger head --json)
	at=$(TZ=Pacific/Auckland date -d "@$((RETRIEVAL_CLOCK + 43200))" '+%Y-%m-%d %H:%M %Z')
	run -0 --separate-stderr env TZ=Pacific/Auckland RETRIEVAL_HOME="$PWD/provider" RETRIEVAL_KEY="$PWD/provider.key" settle --plan
	[[ $output == *" would settle: 3000 afil can be collected from epoch $((epoch + 1440)) on, in 12h, at $at"* ]]
	run -0 --separate-stderr provider settle --plan --json
	[ "$(jq -rs 'map(select(.step == "settle").until_time) | join(" ")' <<<"$output")" = "$(date -u -d "@$((RETRIEVAL_CLOCK + 43200))" +%Y-%m-%dT%H:%M:%SZ)" ]
}

# dear_deal PRICE - a finished deal of 0.001 fil, on a ledger where a unit of gas costs PRICE; sets CHANNEL.
dear_deal() {
	rm -r ledger
	ledger -q init --manual --gas-price "$1"
	ledger -q fund "$CLIENT" 1fil
	ledger -q fund "$PROVIDER" 1fil
	make_file data 1000
	offer_file data --price 0.000001fil --interval 1KiB --increase 1KiB
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @ --amount 0.002fil
	finish_deal
	CHANNEL=$(client channel list | cut -d ' ' -f 1)
}

# SETTLE 7
@test "where gas has a price, plan says what each choice costs and what is left" {
	dear_deal 100afil
	run -0 --separate-stderr provider settle --plan
	[ "${lines[0]}" = "$CHANNEL would submit the voucher of lane 0, nonce 1: 0.001 fil more, for about 926 nfil" ]
	[ "${lines[2]}" = "$CHANNEL choice: settle --keep-open, 1 message, about 926 nfil in fees: 0.001 fil made sure of, the channel stays open with 0.001 fil unspent: about 999000 nfil after fees" ]
	[ "${lines[3]}" = "$CHANNEL choice: settle --close, 3 messages, about 1715 nfil in fees: 0.001 fil are paid out from epoch 1440 on, in 12h: about 998200 nfil after fees" ]
	[ "${lines[4]}" = "$CHANNEL choice: wait, 0 messages: 0.001 fil must be submitted within 12h once the payer settles, or they are lost" ]
	[ "${lines[6]}" = "total of 1 channel: 0.001 fil are ours, 0.001 fil of them not submitted yet; to the end 0.001 fil paid: about 998200 nfil after fees" ]
	run -0 --separate-stderr provider settle --plan --json
	fee=$(jq -r 'select(.step == "summary").fee' <<<"$output")
	provider settle -q
	ledger -q advance 12h
	provider settle -q
	paid=$(ledger log --json | jq -rs "map(select(.from == \"$PROVIDER\") | .fee | tonumber) | add")
	[ "$paid" -le "$fee" ]
	[ "$paid" -ge "$((fee * 9 / 10))" ]
}

# SETTLE 7
@test "a voucher that adds less than its fee waits, and so does a channel that pays less than closing costs" {
	dear_deal 0.2nfil
	for _ in 1 2; do
		run -0 --separate-stderr provider settle
		[ "${lines[0]}" = "$CHANNEL keeps the voucher of lane 0, nonce 1: 0.001 fil more, and submitting costs about 0.001851 fil" ]
		[ "${lines[1]}" = "$CHANNEL stays open with 0.002 fil unspent: settling would bring 0 fil, and cost about 0.001576 fil; vouchers of 0.001 fil are not submitted yet" ]
		[ "${#lines[@]}" = 2 ]
	done
	run -0 --separate-stderr provider settle --json
	[ "$(jq -rs 'map("\(.step) \(.held) \(.done)") | join(", ")' <<<"$output")" = "submit fee false, open fee false" ]
	run -0 --separate-stderr client settle @
	[ "$output" = "$CHANNEL stays open with 0.001 fil unspent: settling would bring 0.001 fil, and cost about 0.001576 fil" ]
	ledger gas-price -q 0.1nfil
	run -0 --separate-stderr provider settle --plan
	[ "${lines[-2]}" = "$CHANNEL in all: 0.001 fil are earned, 0.001 fil of them not submitted yet; to the end 3 messages, about 0.001715 fil in fees: a loss of about 714300 nfil" ]
	[ "${lines[-1]}" = "total of 1 channel: 0.001 fil are ours, 0.001 fil of them not submitted yet; to the end 0 fil paid; 1 channel is not worth the fees" ]
	ledger gas-price -q 10afil
	run -0 --separate-stderr provider settle
	[[ ${lines[1]} == "$CHANNEL settling: "* ]]
}

# SETTLE 7
@test "before a deadline only what pays is submitted, and what was not worth its fee is no loss" {
	dear_deal 0.01nfil
	client settle -q
	ledger gas-price -q 0.2nfil
	run -11 --separate-stderr provider settle
	[[ ${lines[0]} == "$CHANNEL keeps the voucher "* ]]
	[[ ${lines[1]} == *"; vouchers of 0.001 fil are not submitted yet" ]]
	ledger -q advance 13h
	run -0 --separate-stderr provider settle
	[ "$output" = "$CHANNEL leaves 0 fil: collecting costs about 825500 nfil" ]
	ledger gas-price -q 0.01nfil
	run -0 --separate-stderr client settle
	[ "$output" = "$CHANNEL collected 0.002 fil" ]
	run -0 --separate-stderr provider settle
	[ "$output" = "$CHANNEL collected: nothing is left to do" ]
}

# SETTLE 7
@test "a step at a loss is taken on the user's word" {
	dear_deal 0.2nfil
	run -0 --separate-stderr provider settle --at-a-loss
	[ "${lines[0]}" = "$CHANNEL submitted the voucher of lane 0, nonce 1: 0.001 fil more" ]
	[[ ${lines[1]} == "$CHANNEL settling: "* ]]
}

# SETTLE 8
@test "vouchers wait for an amount, for the end of the money, or for a deadline" {
	paid_deal
	for when in 3001afil spent 2h spent,3001afil,2h; do
		run -0 --separate-stderr provider settle --when "$when"
		[ "$output" = "$CHANNEL stays open with 5000 afil unspent: settling would bring 0 fil; vouchers of 3000 afil are not submitted yet" ]
		run -0 --separate-stderr provider env RETRIEVAL_WHEN="$when" settle --plan
		[ "${lines[0]}" = "$CHANNEL would stay open with 2000 afil unspent: settling would bring 3000 afil; vouchers of 3000 afil are not submitted yet" ]
	done
	run -0 --separate-stderr provider settle --when spent,3000afil
	[ "${lines[0]}" = "$CHANNEL submitted the voucher of lane 0, nonce 1: 3000 afil more" ]
	[ "${lines[1]}" = "$CHANNEL stays open with 2000 afil unspent: settling would bring 3000 afil" ]
}

# SETTLE 8
@test "a channel that settles has its vouchers submitted at once, or as long before the end as --when says" {
	paid_deal
	client settle -q @
	run -11 --separate-stderr provider settle --when 2h
	[ "$output" = "$CHANNEL settling: 0 fil can be collected from epoch 1440 on, in 1440 epochs (12h); vouchers of 3000 afil are not submitted yet" ]
	ledger -q advance 10h
	cp -a provider before
	cp -a ledger ledger.before
	for when in 2h spent; do
		run -11 --separate-stderr provider settle --when "$when"
		[ "${lines[0]}" = "$CHANNEL submitted the voucher of lane 0, nonce 1: 3000 afil more" ]
		rm -r provider ledger
		cp -a before provider
		cp -a ledger.before ledger
	done
}

@test "the configuration says when, for all channels and not for one that is named or closed" {
	mkdir -p config/retrieval
	echo "when = 1fil" >config/retrieval/config
	paid_deal
	export XDG_CONFIG_HOME=$PWD/config
	run -0 --separate-stderr provider settle
	[[ $output == *"vouchers of 3000 afil are not submitted yet" ]]
	run -0 --separate-stderr provider settle --plan --close
	[[ ${lines[0]} == *"would submit"* ]]
	run -0 --separate-stderr provider settle @
	[ "${lines[1]}" = "$CHANNEL settling: 3000 afil can be collected from epoch 1440 on, in 12h" ]
}

@test "deals show tells what is not submitted, and by when it must be" {
	paid_deal
	[ "$(json '"\(.not_submitted) \(.submit_before)"' provider deals show @ --json)" = "3000 0" ]
	client settle -q @
	[ "$(json '"\(.not_submitted) \(.submit_before)"' provider deals show @ --json)" = "3000 1440" ]
	provider settle -q @ || [ $? = 11 ]
	[ "$(json '"\(.not_submitted) \(.submit_before)"' provider deals show @ --json)" = "0 1440" ]
	[ "$(json .not_submitted provider env RETRIEVAL_LEDGER=none deals show @ --json)" = null ]
}

@test "a full disk is not success" {
	paid_deal
	export -f provider
	run --separate-stderr bash -c 'provider settle @ >/dev/full'
	[ "$status" -eq 10 ]
	[[ $stderr == "settle: cannot write the output: "* ]]
}
