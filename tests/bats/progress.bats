#!/usr/bin/env bats
# progress: a connection ends when nothing gets on, whatever is said on it; and what was said is judged before its end is.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 3M
	offer_file content
	export SERVE="RETRIEVAL_HOME=$PWD/provider serve -q"
}

buy() {
	client retrieve --max-total 0.5fil "$@" content.offer -o copy.car
}

@test "a provider that says the same again and again is given up after --idle, and the next one delivers" {
	run -0 --separate-stderr timeout 30 bash -c "$(declare -f client buy); BATS_TEST_TMPDIR=$PWD buy --idle 2s \
		--via '$SERVE | passes 1 again' --via '$SERVE'"
	[[ $stderr == *"the next provider is tried"* ]]
	cmp content.car copy.car
}

@test "time in which we were stopped ourselves is no silence of the other side" {
	mkfifo half go
	exec 7<>go
	set -m
	client retrieve -q --idle 2s --max-total 0.5fil --via "$SERVE | { head -c 700000; echo >half; head -c 1 go >&2; cat; }" \
		content.offer -o copy.car 2>said &
	job=$!
	set +m
	read -r <half
	kill -STOP -- "-$job"
	sleep 4 # nothing tells that time has passed but time
	kill -CONT -- "-$job"
	echo >&7
	wait "$job"
	cmp content.car copy.car
}

@test "a command that says what is no answer, and ends, is exit 6, each time" {
	for _ in {1..20}; do
		run -6 --separate-stderr buy --again --idle 5s --via 'echo garbage'
	done
}

# MONEY 4
@test "a payment that is asked for before its blocks is made once they are here" {
	run -0 --separate-stderr timeout 60 bash -c "$(declare -f client buy); BATS_TEST_TMPDIR=$PWD buy --idle 20s \
		--via '$SERVE | ask-early 2097152'"
	cmp content.car copy.car
	[ "$(json .spent client deals show @ --json)" = "$(json .received provider deals show @ --json)" ]
}

@test "a provider that asks for a payment again and again, and sends no block, is exit 5 after --idle, and unpaid" {
	run -5 --separate-stderr timeout 30 bash -c "$(declare -f client buy); BATS_TEST_TMPDIR=$PWD buy --idle 2s \
		--via '$SERVE | ask-early 2097152 withhold'"
	[[ $stderr == *"nothing came from the provider for 2 seconds"* ]]
	[ "$(json .voucher_nonce client deals show @ --json)" = 0 ]
}

@test "a provider that asks early for more than the content costs is exit 6" {
	run -6 --separate-stderr timeout 30 bash -c "$(declare -f client buy); BATS_TEST_TMPDIR=$PWD buy --idle 20s \
		--via '$SERVE | ask-early 900000000 withhold'"
	[[ $stderr == *"the provider asks for 900000000 afil, but no more than "*" afil can be due"* ]]
}

@test "a provider that ends without a word is exit 5" {
	run -5 --separate-stderr buy --idle 5s --via false
	run -5 --separate-stderr buy --idle 5s --via true
}

@test "a deal that lacks only the provider's last word is ended by the provider that has it, behind a dead one" {
	run -5 --separate-stderr buy --idle 2s --via false --via "$SERVE | passes 0 unfinished"
	run -0 --separate-stderr buy --idle 5s --via false --via "$SERVE"
	cmp content.car copy.car
	[ "$(count client deals list --json)" = 1 ]
	[ "$(state client)" = DealStatusCompleted ]
}

@test "and another provider, which does not have that deal, gets no new one for what is here" {
	run -5 --separate-stderr buy --idle 2s --via false --via "$SERVE | passes 0 unfinished"
	keygen -q -o other.key
	RETRIEVAL_HOME=$PWD/other RETRIEVAL_KEY=$PWD/other.key offer set -q content.car --price 1afil >other.offer
	run -5 --separate-stderr buy --idle 5s --via false --via "RETRIEVAL_HOME=$PWD/other RETRIEVAL_KEY=$PWD/other.key serve -q"
	[ "$(count client deals list --json)" = 1 ]
}

@test "intervals smaller than a block are paid for with one voucher for each block" {
	provider offer -q set content.car --price 1afil --interval 1B --increase 0 >content.offer
	run -0 --separate-stderr timeout 60 bash -c "$(declare -f client buy); BATS_TEST_TMPDIR=$PWD buy --idle 5s --via '$SERVE'"
	cmp content.car copy.car
	[ "$(count client channel vouchers @)" -le 5 ]
}
