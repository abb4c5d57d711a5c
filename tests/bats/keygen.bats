#!/usr/bin/env bats

load common

setup() {
	common_setup
}

A=f1atfzrj3jyysru33nz3yvfnxozcuiys36s2pyfry

@test "a new key's address goes to stderr, its file is for its owner only" {
	run --separate-stderr keygen -o key
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[[ $stderr =~ ^keygen:\ f1[a-z2-7]{39}$ ]]
	[ "$(stat -c %a key)" = 600 ]
}

@test "two keys differ" {
	keygen -q -o one
	keygen -q -o two
	run cmp -s one two
	[ "$status" -eq 1 ]
}

@test "a seed makes the same key each time" {
	run --separate-stderr keygen --seed 1 -o one
	[ "$stderr" = "keygen: $A" ]
	RETRIEVAL_SEED=1 keygen -q -o two
	cmp one two
}

@test "a key is never overwritten" {
	keygen -q --seed 1 -o key
	run --separate-stderr keygen --seed 2 -o key
	[ "$status" -eq 1 ]
	[ "$stderr" = "keygen: 'key' is there already: a key is never overwritten" ]
	[ "$(address_of key)" = "$A" ]
}

@test "without -o the key goes where RETRIEVAL_KEY says, else into the home" {
	RETRIEVAL_KEY=$PWD/here keygen -q --seed 1
	[ "$(address_of here)" = "$A" ]
	RETRIEVAL_HOME=$PWD/home keygen -q --seed 1
	[ "$(address_of home/key)" = "$A" ]
	[ "$(stat -c %a home)" = 700 ]
}

@test "quiet says nothing, JSON says it on stdout" {
	run --separate-stderr keygen -q -o one
	[ -z "$output$stderr" ]
	run --separate-stderr keygen --json --seed 1 -o two
	[ "$output" = "{\"address\":\"$A\",\"key\":\"two\"}" ]
	[ -z "$stderr" ]
}

@test "a dry run writes nothing" {
	run --separate-stderr keygen -n --seed 1 -o key
	[ "$status" -eq 0 ]
	[ "$stderr" = "keygen: $A" ]
	[ ! -e key ]
}

@test "show says the address of the key that is there" {
	keygen -q --seed 1 -o key
	run --separate-stderr keygen --show --key key
	[ "$status" -eq 0 ]
	[ "$stderr" = "keygen: $A" ]
	run --separate-stderr keygen --show --key nowhere
	[ "$status" -eq 2 ]
	[ "${stderr_lines[1]}" = "keygen: hint: keygen -o nowhere" ]
}

@test "import takes 64 hex digits, a key of ours, and standard input" {
	printf '%064d' 1 >hex
	run --separate-stderr keygen --import hex -o one
	[ "$status" -eq 0 ]
	[[ $stderr == "keygen: f1"* ]]
	address=$stderr
	run --separate-stderr keygen --import one -o two
	[ "$stderr" = "$address" ]
	run --separate-stderr keygen --import - -o three <hex
	[ "$stderr" = "$address" ]
	cmp one three
}

@test "import refuses what is no key, and zero, and makes nothing" {
	echo rubbish >bad
	run --separate-stderr keygen --import bad -o key
	[ "$status" -eq 7 ]
	[[ $stderr == "keygen: cannot make a key from 'bad': "* ]]
	printf '%064d' 0 >zero
	run --separate-stderr keygen --import zero -o key
	[ "$status" -eq 7 ]
	printf 'f%.0s' {1..64} >order
	run --separate-stderr keygen --import order -o key
	[ "$status" -eq 7 ]
	run --separate-stderr keygen --import nowhere -o key
	[ "$status" -eq 10 ]
	[ ! -e key ]
}

@test "a key that others can read is refused" {
	keygen -q -o key
	chmod 644 key
	run --separate-stderr keygen --show --key key
	[ "$status" -eq 2 ]
	[ "$stderr" = "keygen: key 'key' must be a file of yours that others can't read (chmod 600)" ]
}

@test "arguments and unknown options are usage errors" {
	run --separate-stderr keygen key
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	run --separate-stderr keygen --sead 1
	[ "$status" -eq 2 ]
	[[ $stderr == "keygen: unknown option '--sead'"* ]]
}
