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
	export RETRIEVAL_LEDGER=$NODE CLIENT PROVIDER
}

teardown() {
	stop_mining
}

# offer_goods COUNT - as many contents of the provider, at 2 attoFIL a byte; offers in N.offer.
offer_goods() {
	local n

	for ((n = 1; n <= $1; n++)); do
		make_file "$n" 50000 "$n"
		provider pack -q "$n" -o "$n.car"
		provider offer -q set "$n.car" --price 2afil --interval 20KiB --increase 20KiB >"$n.offer"
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
	[[ $(methods "$CLIENT") =~ ^2(\ 0)+$ ]]
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
