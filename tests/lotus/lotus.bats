#!/usr/bin/env bats
#
# Our programs on a real Lotus node.  Each test has keys of its own on a chain that all share.

load ../bats/common
load common_lotus

setup_file() {
	start_lotus
}

teardown_file() {
	stop_lotus
}

setup() {
	common_setup
	unset RETRIEVAL_CLOCK
	keygen -q -o client.key
	keygen -q -o provider.key
	CLIENT=$(address_of client.key)
	PROVIDER=$(address_of provider.key)
	control fund "to=$CLIENT" amount=2000000000000000000
	control fund "to=$PROVIDER" amount=1000000000000000000
	# This chain has no fast finality: no channel is final before 900 epochs.
	export RETRIEVAL_LEDGER=$NODE RETRIEVAL_RISK=1fil CLIENT PROVIDER
}

teardown() {
	[ -z "${WATCH-}" ] || kill "$WATCH"
	stop_mining
}

# offer_goods COUNT - as many contents of the provider, each for 0.00005 FIL, which is worth the fees; offers in N.offer.
offer_goods() {
	local n

	for ((n = 1; n <= $1; n++)); do
		make_file "$n" 50000 "$n"
		provider pack -q "$n" -o "$n.car"
		provider offer -q set "$n.car" --price 1000000000afil --interval 20KiB --increase 20KiB >"$n.offer"
	done
}

# retrieve_from_serve [OPTION...] OFFER...
retrieve_from_serve() {
	client retrieve -q --via "RETRIEVAL_HOME='$PWD/provider' RETRIEVAL_KEY='$PWD/provider.key' exec serve -q" \
		--max-total 0.1fil -o . "$@"
}

# fetch OFFER... - buy these, while blocks are mined; sets CHANNEL, and PRICE to what they cost.
fetch() {
	keep_mining
	retrieve_from_serve "$@"
	stop_mining
	CHANNEL=$(json .channel client channel list --json)
	PRICE=$(json -s 'map(.funds | tonumber) | add' client deals list --json)
	[ "$PRICE" = "$(json -s 'map(.funds | tonumber) | add' provider deals list --json)" ]
}

# sent_then EPOCHS COMMAND... - the command sends messages and does not wait; then so many epochs go by.
sent_then() {
	local epochs=$1

	shift
	run -11 --separate-stderr "$@"
	mine "$epochs"
}

# life GAP - nine deals over one channel, and all steps of its life, so many epochs apart.
life() {
	local client provider n

	client=$(balance "$CLIENT") provider=$(balance "$PROVIDER")
	offer_goods 9
	fetch {1..9}.offer
	for n in {1..9}; do
		cmp "$n.car" "$(inspect --json "$n.car" | jq -r 'select(.roots) | .roots[0]').car"
	done
	[ "$(count client channel list --json)" = 1 ]
	sent_then "$1" client channel add-funds -q --wait 0s "$CHANNEL" 500afil
	run -0 client channel add-funds -q --wait 0s "$CHANNEL" 500afil
	[ "$(balance "$CHANNEL")" = $((PRICE + 500)) ]

	sent_then "$1" provider settle -q # nine vouchers
	[ "$(lotus StateReadState "\"$CHANNEL\",[]" | jq -r .State.ToSend)" = "$PRICE" ]
	sent_then "$1" provider settle -q # settle
	run -11 --separate-stderr provider settle
	[[ $output == "$CHANNEL settling: $PRICE afil can be collected from epoch "* ]]
	mine 1440
	sent_then "$1" provider settle -q # collect
	run -0 provider settle
	[ "$output" = "$CHANNEL collected $PRICE afil" ]
	run -0 client settle -q
	[ "$(methods "$CLIENT")" = "2 0" ]
	[ "$(methods "$PROVIDER")" = "2 2 2 2 2 2 2 2 2 3 4" ]
	adds_up "$CLIENT" "$client" "-$PRICE"
	adds_up "$PROVIDER" "$provider" "$PRICE"
	run -0 client inspect -q --verify client
	run -0 provider inspect -q --verify provider
}

@test "nine deals are paid over one channel of the node, which is filled, settled and collected to the last attoFIL" {
	life 8
}

@test "the same life works through a gateway" {
	RETRIEVAL_LEDGER=$GATEWAY
	life 8
}

@test "the same life works through a gateway that finds none of the messages, because they are too old for it" {
	RETRIEVAL_LEDGER=$GATEWAY
	life 40
}

@test "a token with the right to write is needed to push, and one that is none opens nothing" {
	RETRIEVAL_LEDGER=$GUARDED
	offer_goods 1
	(umask 077 && echo "$READER" >reader && echo "$WRITER" >writer && echo "${WRITER}x" >forged)
	for token in '' reader; do
		run --separate-stderr retrieve_from_serve ${token:+--ledger-token "$token"} 1.offer
		[ "$status" = 2 ]
		[[ $stderr == *"the node says to MpoolPush: missing permission to invoke 'MpoolPush' (need 'write'): --ledger-token FILE"* ]]
	done
	run -2 --separate-stderr client settle --ledger-token forged
	[[ $stderr == *"the node does not accept the token (HTTP 401)" ]]
	[ -z "$(messages "$CLIENT")" ]
	RETRIEVAL_LEDGER_TOKEN=$PWD/writer
	export RETRIEVAL_LEDGER_TOKEN
	fetch 1.offer
	sent_then 8 provider settle -q
	[ "$(methods "$CLIENT") $(methods "$PROVIDER")" = "2 2" ]
}


@test "a program that is killed before any of its requests goes on, and nothing is sent twice" {
	local client provider n code

	command -v strace || skip "no strace"
	client=$(balance "$CLIENT") provider=$(balance "$PROVIDER")
	offer_goods 1
	for n in {1..40}; do
		code=0
		client strace -f -qq -o trace -e trace=sendto -e "inject=sendto:signal=KILL:when=$n" \
			retrieve -q --wait 0s --via "RETRIEVAL_HOME='$PWD/provider' RETRIEVAL_KEY='$PWD/provider.key' exec serve -q" \
			--max-total 0.1fil -o copy.car 1.offer 2>>killed.log || code=$?
		[ "$code" != 0 ] || break
		mine 1
	done
	fetch 1.offer
	for n in {1..80}; do
		code=0
		provider strace -qq -o trace -e trace=sendto -e "inject=sendto:signal=KILL:when=$n" \
			settle -q 2>>killed.log || code=$?
		[ "$code" = 137 ] || break
		mine 1
	done
	mine 8
	run -11 provider settle -q
	mine 1440
	for n in {1..40}; do
		code=0
		provider strace -qq -o trace -e trace=sendto -e "inject=sendto:signal=KILL:when=$n" \
			settle -q 2>>killed.log || code=$?
		[ "$code" = 137 ] || break
		mine 1
	done
	mine 8
	run -0 provider settle -q
	run -0 client settle -q
	[ "$(methods "$CLIENT") $(methods "$PROVIDER")" = "2 2 3 4" ]
	adds_up "$CLIENT" "$client" "-$PRICE"
	adds_up "$PROVIDER" "$provider" "$PRICE"
}

# foreign SIDE [FIELDS] - a message of that side's key, from the node's wallet; prints its nonce.
foreign() {
	give_key "$1.key"
	sent "$(address_of "$1.key")" "$CLIENT" 1 "${2-}"
}

@test "a message that was stored and not sent, and lost its nonce to a foreign one, is told, and made anew on the next run" {
	RETRIEVAL_LEDGER=$GUARDED
	offer_goods 1
	(umask 077 && echo "$READER" >reader && echo "$WRITER" >writer)
	RETRIEVAL_LEDGER_TOKEN=$PWD/reader run -2 retrieve_from_serve 1.offer
	[ "$(foreign client)" = 0 ]
	mine 8
	RETRIEVAL_LEDGER_TOKEN=$PWD/writer
	export RETRIEVAL_LEDGER_TOKEN
	run -8 --separate-stderr retrieve_from_serve --wait 0s 1.offer
	[[ $stderr == *"retrieve: another message of our key has used nonce 0: ours was never executed, and none of its money has moved" ]]
	fetch 1.offer
	[ "$(methods "$CLIENT")" = "0 2" ]
}

@test "a waiting message without money that a foreign one replaces is made anew by the next run" {
	offer_goods 1
	fetch 1.offer
	run -11 provider settle -q
	give_key provider.key
	dearer=$(lotus MpoolPending '[]' | jq -c "[.[].Message | select(.From[1:] == \"${PROVIDER:1}\")][0]
		| .To = \"$CLIENT\" | .Method = 0 | .Params = null | .Value = \"1\"
		| .GasPremium = (.GasPremium | tonumber * 2 | tostring) | .GasFeeCap = (.GasFeeCap | tonumber * 2 | tostring)")
	signed=$(lotus WalletSignMessage "\"$PROVIDER\",$dearer")
	lotus MpoolPush "$signed" >/dev/null
	mine 8
	sent_then 8 provider settle # no money is in the message, so it is made anew without a word of the user's
	[ "$output" = "$CHANNEL the voucher of lane 0, nonce 1, is sent, and not on the ledger yet: $PRICE afil more" ]
	run -11 provider settle
	[[ $output == "$CHANNEL submitted the voucher of lane 0, nonce 1: $PRICE afil more"* ]]
	[ "$(methods "$PROVIDER")" = "0 2" ]
}

# waiting ADDRESS - the messages of the account in the pool of the node: nonce and premium.
waiting() {
	lotus MpoolPending '[]' | jq -r ".[].Message | select(.From[1:] == \"${1:1}\") | [.Nonce, .GasPremium] | join(\" \")"
}

@test "settle --bump takes the place of a message that waits, twice, and the message is found whichever try was executed" {
	local client first second third

	client=$(balance "$CLIENT")
	offer_goods 1
	run -11 retrieve_from_serve --wait 0s 1.offer
	first=$(waiting "$CLIENT")
	run -0 --separate-stderr client settle --bump --json
	[ "$(jq -c '[.step,.message,.nonce,.tries,.done]' <<<"$output")" = '["raise","create","0","2",true]' ]
	second=$(waiting "$CLIENT")
	[ "$second" = "0 $(jq -r .premium <<<"$output")" ]
	[ "${second#0 }" -gt "$((${first#0 } * 110 / 100))" ]
	run -0 --separate-stderr client settle --bump
	[[ $output == *" create, nonce 0: try 3 sent, fee up to "* ]]
	third=$(waiting "$CLIENT")
	[ "${third#0 }" -gt "$((${second#0 } * 110 / 100))" ]
	fetch 1.offer
	[ "$(methods "$CLIENT")" = 2 ]
	adds_up "$CLIENT" "$client" "-$PRICE"
	run -1 --separate-stderr client settle --bump
	[ "$stderr" = "settle: no message of ours is on its way" ]

	# The payee's two messages, through the gateway.
	export RETRIEVAL_LEDGER=$GATEWAY
	run -11 provider settle -q
	run -0 provider settle -q --bump
	mine 8
	run -11 provider settle -q
	run -0 provider settle -q --bump --max-fee 0.01fil
	mine 8
	run -11 provider settle -q
	[ "$(methods "$PROVIDER")" = "2 3" ]
}

@test "Lotus's own channel manager takes our vouchers" {
	local grown=0 line

	offer_goods 2
	fetch 1.offer 2.offer
	give_key provider.key
	client channel export "$CHANNEL" >vouchers
	[ "$(wc -l <vouchers)" = 2 ]
	while read -r line _; do
		grown=$((grown + $(control take-voucher "voucher=$line")))
	done <vouchers
	[ "$grown" = "$PRICE" ]
	[ "$(lotus PaychVoucherList "\"$CHANNEL\"" | jq length)" = 2 ]
}

# lotus_channel AMOUNT - Lotus's own channel manager opens a channel with that in it; sets channel.
lotus_channel() {
	local sentinel

	give_key client.key
	keep_mining
	sentinel=$(lotus PaychGet "\"$CLIENT\",\"$PROVIDER\",\"$1\",{\"OffChain\":false}" | jq -c .WaitSentinel)
	channel=$(lotus PaychGetWaitReady "$sentinel" | jq -r .)
	stop_mining
}

@test "we take the vouchers of Lotus's own channel manager, and redeem them" {
	local provider channel lane

	provider=$(balance "$PROVIDER")
	lotus_channel 90000000000000
	for lane in 0 1 5; do
		control make-voucher "channel=$channel" "lane=$lane" amount=10000000000000
		control make-voucher "channel=$channel" "lane=$lane" amount=30000000000000
	done >vouchers
	run -0 --separate-stderr provider channel import vouchers
	echo "$output $stderr"
	sent_then 8 provider settle -q
	[ "$(lotus StateReadState "\"$channel\",[]" | jq -r .State.ToSend)" = 90000000000000 ]
	sent_then 8 provider settle -q --close
	mine 1440
	sent_then 8 provider settle -q
	run -0 provider settle
	[ "$output" = "$channel collected 90000000000000 afil" ]
	adds_up "$PROVIDER" "$provider" 90000000000000
}

@test "the payer settles, the payee answers in time, and the payer's rest comes back" {
	local client provider

	client=$(balance "$CLIENT") provider=$(balance "$PROVIDER")
	offer_goods 1
	fetch 1.offer
	keep_mining
	client channel add-funds -q "$CHANNEL" 0.5fil
	stop_mining
	sent_then 8 client settle -q
	mine 1000
	sent_then 8 provider settle -q
	mine 440
	sent_then 8 client settle -q
	run -0 client settle -q
	run -0 --separate-stderr provider settle # the node has no receipt for the payee, whose voucher is found in an old state
	[ "$output" = "$CHANNEL collected: nothing is left to do" ]
	[ "$(methods "$CLIENT") $(methods "$PROVIDER")" = "2 0 3 4 2" ]
	adds_up "$CLIENT" "$client" "-$PRICE"
	adds_up "$PROVIDER" "$provider" "$PRICE"
}

@test "a payee that does not answer in time loses, and is told" {
	local client provider

	client=$(balance "$CLIENT") provider=$(balance "$PROVIDER")
	offer_goods 1
	fetch 1.offer
	sent_then 8 client settle -q --close --at-a-loss
	mine 1440
	sent_then 8 client settle -q --close --at-a-loss
	run -0 client settle -q
	run -1 --separate-stderr provider settle
	[[ $output == *"$CHANNEL lost: vouchers of $PRICE afil were not submitted in time" ]]
	[ "$(methods "$CLIENT")$(methods "$PROVIDER")" = "2 3 4" ]
	adds_up "$CLIENT" "$client" 0
	adds_up "$PROVIDER" "$provider" 0
}

@test "who has no money on the chain, or too little, or is to pay too much for a message, is told, and nothing is sent" {
	local fee

	offer_goods 1
	run -1 --separate-stderr retrieve_from_serve --max-fee 1000afil 1.offer
	[[ $stderr == *"retrieve: the ledger takes "*" afil now, above the ceiling of 1000 afil" ]]
	[ -z "$(messages "$CLIENT")" ]
	for fee in none some; do # some covers the price, and no fee
		rm client.key
		keygen -q -o client.key
		[ "$fee" = none ] || control fund "to=$(address_of client.key)" amount=50000000000001
		run -4 --separate-stderr retrieve_from_serve 1.offer
		[[ $stderr == *"retrieve: not enough in account t1"*": needed "*" afil, available "*" afil, short "*" afil" ]]
	done
}

@test "a payee that the chain has never seen can be paid, and redeems once there is money for the fees" {
	local payee

	rm provider.key
	keygen -q -o provider.key
	payee=$(address_of provider.key)
	offer_goods 1
	fetch 1.offer
	run -4 --separate-stderr provider settle
	[[ $stderr == "settle: not enough in account t${payee:1}: needed "*" afil, available 0 afil, short "* ]]
	control fund "to=$payee" amount=1000000000000000
	sent_then 8 provider settle -q
	[ "$(methods "$payee")" = 2 ]
}

# height - of the head.
height() {
	lotus ChainHead | jq .Height
}

# pays_if LANE CONDITION... - a voucher of 0.0001 FIL on that lane, with conditions, in LANE.voucher.
pays_if() {
	client make-voucher -q --channel "$CHANNEL" --lane "$1" --amount 0.0001fil --max-total 1fil "${@:2}" -o "$1.voucher"
}

@test "a voucher with conditions is judged by the node, and redeemed when they hold" {
	local now

	offer_goods 1
	fetch 1.offer
	keep_mining
	client channel add-funds -q "$CHANNEL" 0.01fil
	stop_mining
	now=$(height)
	pays_if 1 --time-lock-min "@$((now + 50))"
	pays_if 2 --time-lock-max "@$((now + 50))"
	pays_if 3 --secret-hash "$(printf open | b2sum -l 256 | cut -d' ' -f1)"
	pays_if 4 --min-settle-height "@$((now + 2000))"
	pays_if 5 --time-lock-max "@$((now + 20))"
	printf open >secret
	printf shut >wrong
	run -0 --separate-stderr provider channel import 1.voucher
	[[ $stderr == *" is kept until epoch $((now + 50)): 100000000000000 afil more from then on" ]]
	run -0 provider channel import -q 2.voucher
	run -8 --separate-stderr provider channel import 3.voucher
	[ "$stderr" = "channel: voucher refused: the voucher needs a secret (--secret FILE)" ]
	run -8 --separate-stderr provider channel import --secret wrong 3.voucher
	[ "$stderr" = "channel: 'wrong' does not hold the secret of the voucher" ]
	run -0 provider channel import -q --secret secret 3.voucher
	run -0 provider channel import -q 4.voucher
	sent_then 50 provider settle -q # of the lanes 0, 2, 3 and 4
	run -8 --separate-stderr provider channel import 5.voucher
	[ "$stderr" = "channel: voucher refused: the ledger would refuse it: this voucher has expired!" ]
	sent_then 8 provider settle -q # of lane 1, whose time has come
	sent_then 8 provider settle -q
	[ "$(methods "$PROVIDER")" = "2 2 2 2 2 3" ]
	[ "$(lotus StateReadState "\"$CHANNEL\",[]" | jq -c '[.State.ToSend, .State.SettlingAt]')" = \
		"[\"$((PRICE + 400000000000000))\",$((now + 2000))]" ]
}

# asked STEP MOST - the requests since the last time, which must not be more; into the log of costs, with their methods.
asked() {
	local requests methods

	methods=$(control requests | sed 's/^Filecoin.//' | sort | uniq -c | awk 'NF > 1 { print $2, $1 }' | paste -sd,)
	requests=$(tr ',' '\n' <<<"$methods" | awk '{ sum += $2 } END { print sum + 0 }')
	echo "requests $1: $requests ($methods)" >>"$BUILD/log/lotus-costs"
	[ "$requests" -le "$2" ] || { echo "$1: $requests requests, not $2" && return 1; }
}

# cost STEP - the last message of the provider, into the log of costs: gas used, gas limit, fee cap, all that it cost.
cost() {
	local line

	line=$(costs "$PROVIDER" | tail -n 1)
	echo "cost $1 ${line#* 0 }" >>"$BUILD/log/lotus-costs"
}

@test "what each step asks of a node and costs there is known and bounded" {
	: >"$BUILD/log/lotus-costs"
	offer_goods 1
	control requests >/dev/null
	run -11 retrieve_from_serve --wait 0s 1.offer
	asked 'retrieve until the channel is sent' 70
	mine 8
	retrieve_from_serve 1.offer
	asked 'retrieve once the channel is there' 70
	CHANNEL=$(json .channel client channel list --json)
	asked 'channel list' 20
	run -11 client channel add-funds -q --wait 0s "$CHANNEL" 0.01fil
	asked 'channel add-funds, sent' 70
	mine 8
	client channel add-funds -q --wait 0s "$CHANNEL" 0.01fil
	asked 'channel add-funds, final' 70
	costs "$CLIENT" | sed 's/^/cost client /' >>"$BUILD/log/lotus-costs"
	control requests >/dev/null
	run -0 provider settle --plan
	asked 'settle --plan' 70
	run -11 provider settle -q
	asked 'settle: update' 70
	mine 8
	cost 'update, lane 0'
	control requests >/dev/null
	lotus_channel 1000000000000000000
	for lane in 0 1 9 70 1099511627776; do
		control make-voucher "channel=$channel" "lane=$lane" amount=1000000000000000 >voucher
		run --separate-stderr provider channel import voucher
		control requests >/dev/null
		run --separate-stderr provider settle -q "$channel"
		asked "settle: update of lane $lane" 70
		mine 8
		cost "update, lane $lane"
	done
	client channel import -q "$channel"
	control requests >/dev/null
	run -11 provider settle -q "$channel"
	asked 'settle: settle' 90
	mine 8
	cost settle
	control requests >/dev/null
	run -11 provider settle -q "$channel"
	asked 'settle: wait' 70
	mine 1440
	control requests >/dev/null
	run -11 provider settle -q "$channel"
	asked 'settle: collect' 70
	mine 8
	cost collect
	control requests >/dev/null
	run -0 provider settle -q "$channel"
	asked 'settle: collected' 70
	run -0 client settle -q "$channel"
	asked 'settle of the payer, after the payee has collected' 70
	mine 1000
	run -0 client channel list
	asked 'channel list, two channels' 70
}

# MONEY 25
@test "a channel is final after 900 epochs, and until then its deals are credited with the risk alone" {
	offer_goods 1
	export RETRIEVAL_RISK=0afil
	run -11 --separate-stderr retrieve_from_serve --wait 0s 1.offer
	[[ $stderr == *"are sent, and not on the ledger yet"* ]]
	for epochs in 10 880; do
		mine "$epochs"
		run -11 --separate-stderr retrieve_from_serve --wait 0s 1.offer
		[[ $stderr == *"the provider waits until the channel is final"* ]]
		[ "$(json .received provider deals show @ --json)" = 0 ]
	done
	mine 20
	run -0 --separate-stderr retrieve_from_serve --wait 0s 1.offer
	[ "$(json .received provider deals show @ --json)" = "$(json .spent client deals show @ --json)" ]
}

@test "a key that has lost its store finds its channel again, by the numbers of its messages" {
	offer_goods 2
	fetch 1.offer
	run -0 --separate-stderr provider settle --plan
	rm -r client
	keep_mining
	retrieve_from_serve 2.offer
	stop_mining
	[ "$(json .channel client channel list --json)" = "$CHANNEL" ]
	[ "$(methods "$CLIENT")" = "2 0" ]
}

@test "settle --watch loses nothing while nobody types: the payer settles, and 13 hours pass" {
	local client provider

	client=$(balance "$CLIENT") provider=$(balance "$PROVIDER")
	offer_goods 2
	fetch 1.offer 2.offer
	RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key settle --watch --poll 1s >watch.out 2>watch.err 3>&- &
	WATCH=$!
	run --separate-stderr client settle -q --close --at-a-loss
	for _ in {1..200}; do
		! grep -q 'collected [0-9]' watch.out || break
		mine 20
	done
	grep -q "^$CHANNEL collected $PRICE afil$" watch.out
	kill -TERM "$WATCH"
	wait "$WATCH"
	WATCH=
	run -0 client settle -q
	adds_up "$CLIENT" "$client" "-$PRICE"
	adds_up "$PROVIDER" "$provider" "$PRICE"
}
