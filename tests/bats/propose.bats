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

@test "a deal that costs needs a ceiling" {
	run -2 --separate-stderr client propose -a content.offer
	[ -z "$output" ]
	[[ ${stderr_lines[0]} == "propose: a ceiling is needed for a deal that costs: --max-total" ]]
	[[ ${stderr_lines[1]} == "propose: hint: --max-total "*"afil" ]]
}

# MONEY 8
@test "a deal above --max-total is not made" {
	run -1 --separate-stderr client propose -a --max-total 6000000afil content.offer
	[[ $stderr == "propose: the whole would cost "*" afil, above the ceiling of 6000000 afil" ]]
	run -0 client deals list
	[ -z "$output" ]
}

@test "a deal above --max-price is not made" {
	run -1 --separate-stderr client propose -a --max-price 1afil content.offer
	[[ $stderr == "propose: price 2 afil per byte is above the ceiling of 1 afil per byte" ]]
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
	[[ $stderr == *"--pay-to is needed"* ]]
	run -0 --separate-stderr client propose -a --max-total 1fil --pay-to "$PROVIDER" "$root"
}

@test "amounts need units, and are refused when they are no amounts" {
	run -2 --separate-stderr client propose -a --max-total 100 content.offer
	[[ $stderr == *"has no unit"* ]]
	for bad in 1e9afil -1afil 0.5afil fil 1xfil "$(printf '9%.0s' {1..400})afil"; do
		run -2 --separate-stderr client propose -a --max-total "$bad" content.offer
		[[ $stderr == *"is not an amount"* ]]
	done
}

@test "an interval of 0, or one beyond all sense, is refused" {
	run -2 --separate-stderr client propose -a --max-total 1fil --interval 0 content.offer
	run -2 --separate-stderr client propose -a --max-total 1fil --interval 9000000TiB content.offer
}

@test "a file that is no offer is refused as malformed" {
	echo "not an offer" >bad
	run -6 --separate-stderr client propose -a --max-total 1fil bad
	[[ $stderr == "propose: 'bad' is neither a CID nor an offer: "*"propose: hint: inspect 'bad'" ]]
	run -6 --separate-stderr client propose -a --max-total 1fil content.car
	[[ $stderr == "propose: 'content.car' is neither a CID nor an offer: it has more than 4096 bytes"* ]]
	head -c 50 content.offer >cut
	run -6 --separate-stderr client propose -a --max-total 1fil cut
	run -10 --separate-stderr client propose -a --max-total 1fil missing
}

@test "a full disk is not success" {
	run -10 --separate-stderr bash -c 'RETRIEVAL_HOME=$PWD/client propose --max-total 1fil content.offer >/dev/full'
	[[ $stderr == *"cannot write the output"* ]]
}

@test "an unknown option is named, and costs nothing" {
	run -2 --separate-stderr client propose --max-totl 1fil content.offer
	[ "${stderr_lines[0]}" = "propose: unknown option '--max-totl' (see propose --help)" ]
	[ "${stderr_lines[1]}" = "propose: hint: propose --max-total" ]
	run -2 --separate-stderr client propose
	[[ $stderr == "usage: propose "* ]]
}
