#!/usr/bin/env bats
# Settling that is killed: all money of all lanes comes in, and nothing is submitted or collected twice.

load common
load common_deal

setup() {
	common_setup
}

# executed WHAT - how many messages of that kind the ledger has executed.
executed() {
	json -s "map(select(.what == \"$1\")) | length" ledger log --json
}

@test "deals on many lanes settle with all their money although settling is killed at random: see tests/soak" {
	run -0 --separate-stderr "$BATS_TEST_DIRNAME/../soak" lanes 40 2
	[[ ${lines[-1]} == *" passed, 0 failed" ]]
	[ -z "$stderr" ]
}

# killed_at N - a watcher that is killed at its Nth call that writes, or after a moment.
killed_at() {
	local calls=pwrite64,pwritev,fdatasync code=0

	RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key timeout -s KILL 0.5 \
		strace -qq -o /dev/null -e trace=$calls -e inject=$calls:signal=KILL:when="$1" settle --watch >>log 2>&1 || code=$?
	[ "$code" = 137 ]
}

# SETTLE 2
@test "a watcher that is killed at each call that writes submits and collects each once" {
	strace -o /dev/null -e trace=pwrite64 -e inject=pwrite64:signal=CONT:when=999 true 2>/dev/null || skip "strace can't be used"
	setup_parties
	for n in 1 2 3; do
		make_file "f$n" 2000 "$((n * 1000))"
		pack -q "f$n" -o "f$n.car"
		provider offer -q set "f$n.car" --price 2afil --interval 1KiB --increase 1KiB >"f$n.offer"
	done
	mkdir out
	client retrieve -q --max-total 0.5fil --via "RETRIEVAL_HOME='$PWD/provider' RETRIEVAL_KEY='$PWD/provider.key' exec serve -q" \
		f?.offer -o out/
	for n in {1..12}; do
		killed_at "$n" 2>>shell.log
	done
	provider settle -q --all || [ $? = 11 ]
	[ "$(executed update)" = 3 ]
	[ "$(executed settle)" = "$(executed create)" ]
	ledger -q advance 12h
	for n in {1..6}; do
		killed_at "$n" 2>>shell.log
	done
	provider settle -q --all
	[ "$(executed collect)" = "$(executed create)" ]
	[ "$(json .balance ledger balance --json "$PROVIDER")" = 12000 ]
	run -0 --separate-stderr provider inspect --verify provider
	run -0 --separate-stderr ledger check
}
