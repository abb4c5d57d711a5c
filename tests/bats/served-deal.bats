#!/usr/bin/env bats
#
# A whole paid deal with both homes on a node: each party's ledger is the URL of a ledger that is served.

load common
load common_node

setup() {
	common_setup
}

teardown() {
	stop_node
}

# begin [OPTION...] - two parties, a node for them, and an offer; the options are for ledger init. LEDGER is the folder.
begin() {
	setup_parties --lotus "$@"
	LEDGER=$RETRIEVAL_LEDGER
	start_node
	export RETRIEVAL_LEDGER=$URL
	make_file goods 3000000
	provider pack -q goods -o goods.car
	provider offer -q set goods.car --price 2afil --interval 1MiB --increase 1MiB >goods.offer
}

# fetch [OPTION...] - buy the goods.
fetch() {
	client retrieve -q --via "RETRIEVAL_HOME='$PWD/provider' RETRIEVAL_KEY='$PWD/provider.key' exec serve -q" \
		goods.offer --max-total 0.1fil -o copy.car "$@"
}

# fetch_all - buy the five contents together.
fetch_all() {
	client retrieve -q --wait 0s --via "RETRIEVAL_HOME='$PWD/provider' RETRIEVAL_KEY='$PWD/provider.key' exec serve -q" \
		--max-total 0.1fil -o out {1..5}.offer
}

# keeper VERB... - the keeper of the ledger, beside the node.
keeper() {
	ledger --ledger "$LEDGER" "$@"
}

# check_books PRICE - the provider has this much, the client the rest of its 1 fil, and nothing is lost.
check_books() {
	[ "$(json .balance keeper balance --json "$PROVIDER")" = "$1" ]
	[ "$(json .balance keeper balance --json "$CLIENT")" = "$((10 ** 18 - $1))" ]
	[ -z "$(keeper channels)" ]
	run -0 keeper check
}

@test "a deal is paid, settled and collected through a node" {
	begin
	fetch
	cmp goods.car copy.car
	price=$(json .received provider deals show @ --json)
	[ "$price" = "$(json '2 * .bytes' provider deals show @ --json)" ]
	run -0 provider settle -q @
	keeper -q advance 12h
	run -0 provider settle @
	[[ $output == *"collected $price afil"* ]]
	run -0 client settle @
	check_books "$price"
}

@test "the payer settles through a node too, and gets its rest back" {
	begin
	fetch
	price=$(json .received provider deals show @ --json)
	channel=$(json .channel client channel list --json)
	client channel -q add-funds "$channel" 500afil
	run -0 client settle -q @
	run -11 provider settle -q @
	keeper -q advance 12h
	run -0 client settle -q @
	run -0 provider settle -q @
	check_books "$price"
}

@test "messages that wait for their epoch are waited for by none of the steps, and none is sent twice" {
	begin --delay 2
	run -11 fetch --wait 0s
	[ "$(count keeper pending)" = 1 ]
	run -11 fetch --wait 0s
	[ "$(count keeper pending)" = 1 ]
	keeper -q advance 2e
	fetch --wait 0s
	cmp goods.car copy.car
	price=$(json .received provider deals show @ --json)
	for _ in update settle; do
		run -11 provider settle -q @
		run -11 provider settle -q @
		[ "$(count keeper pending)" = 1 ]
		keeper -q advance 2e
	done
	keeper -q advance 12h
	run -11 provider settle -q @
	[ "$(count keeper pending)" = 1 ]
	keeper -q advance 2e
	run -0 provider settle -q @
	run -0 client settle -q @
	[ "$(json -rs 'map(select(.message) | .what) | join(" ")' keeper log --json)" = "create update settle collect" ]
	check_books "$price"
}

@test "a home that began with the node goes on with the folder, and the other way round" {
	begin
	fetch
	RETRIEVAL_LEDGER=$LEDGER run -0 provider settle -q @
	keeper -q advance 12h
	run -0 provider settle -q @
	RETRIEVAL_LEDGER=$LEDGER run -0 client settle -q @
	check_books "$(json .received provider deals show @ --json)"
}

@test "a node that ends between two steps loses nothing" {
	begin
	fetch
	run -0 provider settle -q @
	stop_node
	run -10 --separate-stderr provider settle -q @
	[[ $stderr == *"the node does not answer"* ]]
	RETRIEVAL_LEDGER=$LEDGER start_node
	RETRIEVAL_LEDGER=$URL run -11 provider settle -q @
	keeper -q advance 12h
	RETRIEVAL_LEDGER=$URL run -0 provider settle -q @
	check_books "$(json .received provider deals show @ --json)"
}

@test "a provider's token lets the provider push, and the client that has none is told" {
	setup_parties --lotus
	(umask 077 && echo secret >token)
	start_node --token token
	export RETRIEVAL_LEDGER=$URL
	make_file goods 1000
	provider pack -q goods -o goods.car
	provider offer -q set goods.car --price 2afil --interval 1MiB --increase 1MiB >goods.offer
	run --separate-stderr fetch
	[ "$status" -ne 0 ]
	[[ $stderr == *"missing permission to invoke 'MpoolPush' (need 'write'): --ledger-token FILE"* ]]
	RETRIEVAL_LEDGER_TOKEN=$PWD/token run -0 fetch
	cmp goods.car copy.car
}

@test "a client and a provider that are killed at any moment go on, and fund one channel once" {
	local code hundredths

	begin
	for hundredths in {01..25}; do
		code=0
		client timeout -s KILL "0.$hundredths" retrieve -q --via "RETRIEVAL_HOME='$PWD/provider' \
			RETRIEVAL_KEY='$PWD/provider.key' exec timeout -s KILL 0.$hundredths serve -q" \
			goods.offer --max-total 0.1fil -o copy.car 2>>killed.log || code=$?
		[ "$code" != 0 ] || break
	done
	fetch
	cmp goods.car copy.car
	run -0 provider settle -q @
	keeper -q advance 12h
	run -0 provider settle -q @
	[ "$(json -rs 'map(select(.what == "create" or .what == "add-funds")) | length' keeper log --json)" = 1 ]
	check_books "$(json .received provider deals show @ --json)"
}

@test "an account that lacks the money on a node is named, and no hint says to make money" {
	begin
	rm client.key
	keygen -q --seed 3 -o client.key
	run -4 --separate-stderr fetch
	[[ $stderr == *"retrieve: not enough in account $(address_of client.key): needed "*" afil, available 0 afil, short "* ]]
	[[ $stderr != *hint* ]]
}

@test "contents that are bought together are funded by one message, also if it has to be waited for" {
	local delay n

	for delay in 0 2; do
		rm -rf client client.key provider provider.key ledger
		RETRIEVAL_LEDGER=$PWD/ledger
		begin --delay "$delay"
		for n in 1 2 3 4 5; do
			make_file "$n" 20000 "$n"
			provider pack -q "$n" -o "$n.car"
			provider offer -q set "$n.car" --price 2afil --interval 10KiB --increase 10KiB >"$n.offer"
		done
		mkdir -p out
		if [ "$delay" != 0 ]; then
			run -11 fetch_all
			keeper -q advance "${delay}e"
		fi
		run -0 fetch_all
		[ "$(json -rs 'map(select(.message) | .what + " " + .value) | join(", ")' keeper log --json)" = "create 200000" ]
		stop_node
	done
}
