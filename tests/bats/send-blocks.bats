#!/usr/bin/env bats
# send-blocks: never more than one interval and a block unpaid, and the same bytes when run again.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 5M
	offer_file content
}

@test "it stops at the interval with exit 3 and says what is owed" {
	begin_deal
	run -3 --separate-stderr provider send-blocks --deal @ -o 3.frames
	[[ $stderr =~ ^send-blocks:\ payment\ needed:\ [0-9]+\ bytes\ sent,\ [0-9]+\ afil\ owed$ ]]
	sent=$(provider deals show @ --json | jq -r .bytes)
	[ "$sent" -ge 1048576 ]
	[ "$sent" -lt $((1048576 * 3)) ]
}

# DATA 5
@test "run again without a payment, it sends the same bytes and counts nothing twice" {
	begin_deal
	provider send-blocks -q --deal @ -o one || [ $? = 3 ]
	before=$(provider deals show @ --json)
	run -3 --separate-stderr provider send-blocks -q --deal @ -o two
	cmp one two
	[ "$(provider deals show @ --json)" = "$before" ]
}

@test "a reader that goes away leaves exit 5, and running again repairs it" {
	begin_deal
	run -5 --separate-stderr bash -c 'set -o pipefail; RETRIEVAL_HOME=$PWD/provider send-blocks --deal @ | head -c 1000 >/dev/null'
	[[ $stderr == *"the reader of the output went away"* ]]
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	run -3 --separate-stderr client receive-blocks 3.frames -o copy.car
}

@test "a payment may be given to send-blocks itself" {
	begin_deal
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	client receive-blocks -q 3.frames -o copy.car || [ $? = 3 ]
	client make-voucher -q --deal @ -o 4.frames
	run -3 --separate-stderr provider send-blocks 4.frames -o 5.frames
	run -3 --separate-stderr client receive-blocks 5.frames
}

@test "binary is refused on a terminal" {
	command -v script || skip "no script(1)"
	begin_deal
	run script -qec "RETRIEVAL_HOME=$PWD/provider send-blocks --deal @" /dev/null
	[[ $output == *"binary output is not for a terminal"* ]]
}

@test "a full disk is not success, and loses nothing" {
	begin_deal
	run -10 --separate-stderr bash -c 'RETRIEVAL_HOME=$PWD/provider send-blocks --deal @ >/dev/full'
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	run -3 --separate-stderr client receive-blocks 3.frames -o copy.car
}

@test "after completion it has nothing to send, and says so with exit 0" {
	begin_deal
	finish_deal
	run -0 --separate-stderr provider send-blocks --deal @ -o more.frames
	[ ! -s more.frames ]
}
