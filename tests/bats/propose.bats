#!/usr/bin/env bats
# propose: a deal is made within the ceilings, or not at all.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 3M
	offer_file content
}

@test "the deal's id is shown on stderr, and stdout has only frames" {
	run -0 --separate-stderr client propose -a --max-total 1fil content.offer
	[[ $stderr =~ ^propose:\ deal\ [0-9]+:\ bafy[a-z2-7]+,\ 3.0\ MiB,\ [0-9]+\ afil\ in\ all$ ]]
	[[ $output =~ ^[A-Za-z0-9_-]+$ ]]
}

@test "the same proposal again gives the same deal and the same bytes" {
	client propose -q --max-total 1fil content.offer -o one
	client propose -q --max-total 1fil content.offer -o two
	cmp one two
	run -0 client deals list --json
	[ "${#lines[@]}" = 1 ]
}

@test "after a deal has ended the same proposal makes a new one" {
	client propose -q --max-total 1fil content.offer -o one
	client deals cancel -q @ -o cancel
	client propose -q --max-total 1fil content.offer -o two
	run ! cmp -s one two
}

# MONEY 8
@test "a deal above --max-total is not made" {
	run -1 --separate-stderr client propose -a --max-total 6000000afil content.offer
	[[ $stderr == "propose: the content would cost "*" afil, above the ceiling of 6000000 afil" ]]
	run -0 client deals list
	[ -z "$output" ]
}

@test "the ceiling may come from the environment or the configuration, and the flag wins" {
	RETRIEVAL_MAX_TOTAL=1afil run -1 --separate-stderr client propose -a content.offer
	mkdir -p .config/retrieval
	echo "max-total = 1fil" >.config/retrieval/config
	run -0 --separate-stderr client propose -a content.offer
	RETRIEVAL_MAX_TOTAL=1afil run -1 --separate-stderr client propose -a content.offer
	RETRIEVAL_MAX_TOTAL=1afil run -0 --separate-stderr client propose -a --max-total 1fil content.offer
}

@test "-n shows what the deal would cost and makes nothing" {
	run -0 --separate-stderr client propose -n --max-total 1fil content.offer
	[ -z "$output" ]
	[[ $stderr == "propose: would propose: "*" in all" ]]
	run -0 client deals list
	[ -z "$output" ]
}

@test "a CID and terms do instead of an offer, but someone must be paid" {
	root=$(client inspect --json content.car | jq -r '.roots[0]')
	run -2 --separate-stderr client propose -a --max-total 1fil "$root"
	[[ $stderr == *"--pay-to ADDRESS is needed"* ]]
	run -0 --separate-stderr client propose -a --max-total 1fil --pay-to "$PROVIDER" "$root"
}

@test "a full disk is not success" {
	run -10 --separate-stderr bash -c 'RETRIEVAL_HOME=$PWD/client propose --max-total 1fil content.offer >/dev/full'
	[[ $stderr == *"cannot write the output"* ]]
}
