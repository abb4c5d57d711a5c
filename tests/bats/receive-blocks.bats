#!/usr/bin/env bats
# receive-blocks: a block is kept only if it is what it says and comes when it should.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 3M
	offer_file content
	begin_deal
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
}

received() {
	client deals show @ --json | jq -r .bytes
}

@test "at an interval it exits 3, says what is due and what to do, and shows no CAR yet" {
	run -3 --separate-stderr client receive-blocks 3.frames -o copy.car
	[[ ${stderr_lines[0]} =~ ^receive-blocks:\ payment\ needed:\ 2\ blocks,\ .*\ verified,\ 2097152\ afil\ due$ ]]
	[[ ${stderr_lines[1]} =~ ^receive-blocks:\ hint:\ make-voucher\ --deal\ [0-9]+$ ]]
	[ ! -e copy.car ]
}

# MONEY 4
@test "a payment that is asked for before its blocks is no payment due: exit 5, and exit 3 once the blocks are here" {
	ask-early 2097152 <2.frames >early.frames
	run -5 --separate-stderr client receive-blocks early.frames -o copy.car
	[[ $stderr == *"the provider asks for 2097152 afil before the blocks have come: 0 blocks"* ]]
	run -1 --separate-stderr client make-voucher --deal @
	[ -z "$output" ]
	run -3 --separate-stderr client receive-blocks early.frames 3.frames -o copy.car
	[[ $stderr == *"2097152 afil due"* ]]
}

# DATA 1
@test "a changed byte in a block is found, the deal stops, and what was good is kept" {
	size=$(stat -c %s 3.frames)
	cp 3.frames bad.frames
	printf 'X' | dd of=bad.frames bs=1 seek=$((size - 2000)) conv=notrunc status=none
	run -7 --separate-stderr client receive-blocks bad.frames -o copy.car
	[[ $stderr == *"does not match its CID: said bafk"*", is bafk"* ]]
	[ "$(json .state client deals show @ --json)" = DealStatusOngoing ]
	run -3 --separate-stderr client receive-blocks 3.frames -o copy.car
}

@test "a stream that is cut at any of many places is exit 5, keeps whole frames, and goes on with the rest" {
	size=$(stat -c %s 3.frames)
	for at in 1 2 50 500 5000 $((size / 2)) $((size - 1)); do
		head -c "$at" 3.frames >cut
		run -5 --separate-stderr client receive-blocks -q cut -o copy.car
	done
	run -3 --separate-stderr client receive-blocks 3.frames -o copy.car
}

@test "frames in the wrong order are refused, and the right order is taken afterwards" {
	client receive-blocks -q 3.frames || [ $? = 3 ]
	client make-voucher -q --deal @ -o 4.frames
	provider validate -q 4.frames -o 5.frames
	provider send-blocks -q --deal @ >>5.frames || [ $? = 3 ]
	client receive-blocks -q 5.frames || true
	make_file other 3M 3
	offer_file other
	begin_deal
	provider send-blocks -q --deal @ -o other.frames || [ $? = 3 ]
	run -8 --separate-stderr client receive-blocks other.frames 5.frames
	[[ $stderr == *"the stream turns to another deal"* ]]
}

@test "an answer to somebody else's request is refused" {
	mkdir -m 700 stranger
	RETRIEVAL_HOME=$PWD/stranger propose -q --max-total 1fil content.offer -o ignored
	RETRIEVAL_HOME=$PWD/stranger run -8 --separate-stderr receive-blocks 3.frames
	[[ $stderr == *"a request that this home never made"* ]]
}

@test "the CAR goes where the first call said, once it is whole" {
	client receive-blocks -q 3.frames -o first.car || [ $? = 3 ]
	client make-voucher -q --deal @ -o 4.frames
	provider validate -q 4.frames -o 5.frames
	provider send-blocks -q --deal @ >>5.frames || [ $? = 3 ]
	client receive-blocks -q 5.frames || [ $? = 3 ]
	cmp content.car first.car
}

@test "frames come from several files and from standard input alike" {
	cat 2.frames 3.frames >both
	run -3 --separate-stderr client receive-blocks - <both
	run -3 --separate-stderr client receive-blocks 2.frames 3.frames
}

@test "a killed run leaves nothing that a second run can't go on from" {
	for delay in 0.001 0.003 0.01 0.03; do
		timeout -s KILL "$delay" env RETRIEVAL_HOME="$PWD/client" receive-blocks -q 3.frames || true
	done
	run -3 --separate-stderr client receive-blocks 3.frames -o copy.car
	finish_deal
	cmp content.car copy.car
}

@test "--output is -o: the CAR goes there once it is whole, and vouchers to standard output" {
	client receive-blocks -q --pay --output copy.car 3.frames >4.frames || [ $? = 5 ]
	inspect 4.frames >said
	[ "$(grep -c payment= said)" = 1 ]
	[ ! -e copy.car ]
	provider validate -q 4.frames -o 5.frames
	provider send-blocks -q --deal @ >>5.frames || [ $? = 3 ]
	client receive-blocks -q --pay 5.frames >6.frames
	[ -e copy.car ]
}

@test "--pay pays what falls due while it reads" {
	client receive-blocks -q --pay 3.frames >4.frames || [ $? = 5 ]
	run -0 --separate-stderr provider validate 4.frames -o 5.frames
}
