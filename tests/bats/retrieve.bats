#!/usr/bin/env bats
# retrieve: a whole deal in one command, and whatever happens on the way it can be run again.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 5M
	offer_file content
	export SERVE="RETRIEVAL_HOME=$PWD/provider serve -q"
}

buy() {
	client retrieve --idle 2s --max-total 0.5fil --via "$SERVE" "$@"
}

both_complete() {
	[ "$(state client)" = DealStatusCompleted ]
	[ "$(state provider)" = DealStatusCompleted ]
	[ "$(client deals show @ --json | jq -r .spent)" = "$(provider deals show @ --json | jq -r .received)" ]
}

@test "one command buys the content, and the deal is complete on both sides" {
	run -0 --separate-stderr buy content.offer -o copy.car
	[ -z "$output" ]
	[[ ${stderr_lines[0]} =~ ^retrieve:\ deal\ [0-9]+$ ]]
	[[ ${stderr_lines[1]} =~ ^retrieve:\ deal\ [0-9]+\ complete:\ 6\ blocks,\ 5.0\ MiB,\ [0-9]+\ afil$ ]]
	cmp content.car copy.car
	both_complete
}

@test "--extract gives the file itself, under the name of its CID" {
	run -0 --separate-stderr buy content.offer -x out
	cmp content "out/$(client deals show @ --json | jq -r .payload)"
}

@test "a free deal, an empty file and a sealed one go through as well" {
	: >empty
	pack -q empty -o empty.car
	provider offer -q set empty.car >empty.offer
	run -0 --separate-stderr buy empty.offer -o copy.car
	cmp empty.car copy.car
	provider offer -q set content.car --price 0 >free.offer
	run -0 --separate-stderr buy free.offer -o copy.car
	cmp content.car copy.car
	make_file sealed 3M 4
	pack -q sealed -o sealed.car
	provider offer -q set sealed.car --unseal 77afil >sealed.offer
	run -0 --separate-stderr buy sealed.offer -o copy.car
	cmp sealed.car copy.car
	both_complete
}

@test "a rejected deal is exit 1 with the provider's reason" {
	run -1 --separate-stderr buy --price 1afil content.offer -o copy.car
	[[ $stderr == *"price 1 afil per byte is under this offer's 2 afil per byte"* ]]
	[ ! -e copy.car ]
}

@test "a provider that is not there is exit 5, and the deal goes on when it is" {
	SERVE=false run -5 --separate-stderr buy content.offer -o copy.car
	SERVE="exec no-such-program" run -5 --separate-stderr buy content.offer -o copy.car
	run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
	[ "$(client deals list --json | wc -l)" = 1 ]
}

@test "a provider that is cut off at any point leaves exit 5, and the next run goes on from there" {
	real=$SERVE
	for limit in 10 400 2000 1000000 1100000 3000000 4000000 5000000; do
		SERVE="bash -c 'exec head -c $limit < <($real)'" run --separate-stderr buy content.offer -o copy.car
		[ "$status" = 5 ] || [ "$status" = 0 ]
	done
	SERVE=$real run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
	both_complete
	channel=$(client deals show @ --json | jq -r .channel)
	[ "$(client channel vouchers "$channel" --json | jq -r .nonce | sort | uniq -d | wc -l)" = 0 ]
}

@test "killed at many moments, either side, it completes and pays once" {
	for delay in 0.01 0.02 0.03 0.04 0.05; do
		timeout -s KILL "$delay" env RETRIEVAL_HOME="$PWD/client" RETRIEVAL_KEY="$PWD/client.key" \
			retrieve -q --max-total 0.5fil --via "$SERVE" content.offer -o copy.car || true
		SERVE="timeout -s KILL $delay env $SERVE" run --separate-stderr buy content.offer -o copy.car
		[ "$status" = 5 ] || [ "$status" = 0 ]
	done
	run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
	both_complete
	bytes=$(provider deals show @ --json | jq -r .bytes)
	[ "$(provider deals show @ --json | jq -r .received)" = $((bytes * 2)) ]
}

@test "out of funds it exits 4 with the shortfall, and goes on once the account has it" {
	keygen -q --seed 77 -o poor.key
	poor=$(address_of poor.key)
	ledger fund -q "$poor" 1000afil
	run -4 --separate-stderr env RETRIEVAL_HOME="$PWD/poor" RETRIEVAL_KEY="$PWD/poor.key" retrieve --max-total 0.5fil --via "$SERVE" content.offer -o copy.car
	[[ $stderr == *"short "*" afil"* ]]
	ledger fund -q "$poor" 0.1fil
	run -0 --separate-stderr env RETRIEVAL_HOME="$PWD/poor" RETRIEVAL_KEY="$PWD/poor.key" retrieve --max-total 0.5fil --via "$SERVE" content.offer -o copy.car
	cmp content.car copy.car
}

@test "an interrupt keeps everything, says how to go on, and dies of the signal" {
	real=$SERVE
	RETRIEVAL_HOME=$PWD/client RETRIEVAL_KEY=$PWD/client.key retrieve --max-total 0.5fil --via "sleep 20" content.offer -o copy.car 2>log &
	pid=$!
	sleep 0.5
	kill -INT "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" = 130 ]
	grep -q "hint: retrieve --max-total 0.5fil --via 'sleep 20' content.offer -o copy.car" log
	SERVE=$real run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
}

@test "a provider that says nothing is not waited for" {
	run -5 --separate-stderr client retrieve --max-total 0.5fil --idle 1s --via "sleep 30" content.offer -o copy.car
	[[ $stderr == *"nothing came from the provider for 1 seconds"* ]]
	run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
}

@test "the deal can be carried by socat in both directions" {
	command -v socat || skip "no socat"
	printf '#!/bin/sh\n%s\n' "exec env $SERVE" >serve.sh
	chmod +x serve.sh
	run -0 --separate-stderr client retrieve --max-total 0.5fil --via "socat - EXEC:./serve.sh" content.offer -o copy.car
	cmp content.car copy.car
}

@test "--progress=json gives one object per line, and nothing else is added to stderr" {
	run -0 --separate-stderr buy -q --progress json content.offer -o copy.car
	for line in "${stderr_lines[@]}"; do
		jq -e .bytes <<<"$line" >/dev/null
	done
}

@test "both ends may record the deal, to the same bytes, and replay agrees with either" {
	run -0 --separate-stderr client retrieve -q --record ours --max-total 0.5fil --via "$SERVE --record theirs" content.offer -o copy.car
	cmp ours/client.frames theirs/client.frames
	cmp ours/provider.frames theirs/provider.frames
	run -0 --separate-stderr replay --check --as client --key client.key ours
	run -0 --separate-stderr replay --check --as provider theirs
}

@test "without --via it asks how the provider is reached" {
	run -2 --separate-stderr client retrieve --max-total 1fil content.offer
	[[ $stderr == *"--via 'ssh host serve'"* ]]
}

@test "a provider that refuses a payment is told apart from one that is slow: exit 1 with its reason" {
	RETRIEVAL_LEDGER=$PWD/other ledger init -q --manual
	run -1 --separate-stderr client retrieve -q --max-total 1fil --via "RETRIEVAL_LEDGER=$PWD/other $SERVE -q" content.offer
	[[ $stderr == *"the provider refuses our payment: the ledger has no such channel"* ]]
	run -0 --separate-stderr client retrieve -q --max-total 1fil --via "$SERVE -q" content.offer -o copy.car
	cmp content.car copy.car
}
