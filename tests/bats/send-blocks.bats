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

# blocks_in FILE - the blocks in the frames of FILE.
blocks_in() {
	inspect --json "$1" | jq -c 'select(.message.blocks != null and .message.blocks != []) | .message.blocks'
}

@test "two processes that take the same payment at the same moment both answer it, and bill it once" {
	export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" # the leak check does not work below strace
	strace -o /dev/null -e trace=openat -e inject=openat:signal=CONT:when=999 true 2>/dev/null || skip "strace can't be used"
	make_file content 200K
	pack -q --chunk-size 16KiB content -o content.car
	provider offer -q set content.car --interval 32KiB --increase 32KiB >content.offer
	begin_deal
	provider send-blocks -q --deal @ -o sent.frames || [ $? = 3 ]
	client receive-blocks -q sent.frames || [ $? = 3 ]
	client make-voucher -q --deal @ -o pay.frames
	# The slow one is stopped where it has taken the payment, and opens the content to send more.
	RETRIEVAL_HOME=$PWD/provider strace -qq -o trace -P "$PWD/content.car" -e inject=openat:signal=STOP:when=1 \
		send-blocks pay.frames -o slow.frames 2>slow.log &
	wait_until grep -qs "stopped by SIGSTOP" trace
	[ "$(state provider)" = DealStatusOngoing ]
	timeout 10 env RETRIEVAL_HOME="$PWD/provider" send-blocks pay.frames -o fast.frames 2>fast.log || [ $? = 3 ]
	pkill -CONT -P $!
	wait $! || [ $? = 3 ]
	diff slow.log fast.log
	[ -n "$(blocks_in fast.frames)" ]
	diff <(blocks_in slow.frames) <(blocks_in fast.frames)
	client receive-blocks -q slow.frames || [ $? = 3 ]
	finish_deal
	[ "$(json .spent client deals show @ --json)" = "$(json .received provider deals show @ --json)" ]
	cmp content.car copy.car
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
