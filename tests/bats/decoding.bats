#!/usr/bin/env bats
# Each frame is decoded once: by the tool that reads it, or by the recorder of the tool that writes it.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file numbers 8M
	offer_file numbers
	# These tools leave the number of frames that they decoded in a file.
	export PATH="${PATH%%/bin:*}/tests/counted:$PATH"
	export DECODES=$PWD/decodes
}

# decoded - the lines of the file, which is emptied.
decoded() {
	sort "$DECODES"
	rm "$DECODES"
}

# frames FILE - the number of frames in FILE.
frames() {
	count inspect --json "$1"
}

@test "with --record each side of a connection decodes each frame once" {
	client retrieve -q --max-total 0.5fil --record bought \
		--via "RETRIEVAL_HOME=$PWD/provider RETRIEVAL_RECORD=$PWD/sold serve -q" content.offer -o copy.car
	cmp content.car copy.car
	total=$(wc -l <sold/frames.jsonl)
	[ "$total" -ge 16 ]
	[ "$(wc -l <bought/frames.jsonl)" = "$total" ]
	[ "$(decoded)" = "retrieve $total
serve $total" ]
}

@test "without a recording each side of a connection decodes the frames that it reads" {
	client retrieve -q --max-total 0.5fil \
		--via "tee from.client | RETRIEVAL_HOME=$PWD/provider serve -q | tee -p from.provider" content.offer
	[ "$(decoded)" = "retrieve $(frames from.provider)
serve $(frames from.client)" ]
}

@test "step by step each tool decodes what it reads once, and with --record what it writes" {
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	[ "$(decoded)" = "validate 1
validate $(frames 2.frames)" ]
	client channel -q open --deal @ 2>/dev/null
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	client receive-blocks -q 3.frames -o copy.car 2>/dev/null || [ $? = 3 ]
	[ "$(decoded)" = "receive-blocks $(frames 3.frames)
send-blocks 0" ]
	client make-voucher -q --deal @ -o 4.frames
	provider validate -q 4.frames -o 5.frames
	[ "$(decoded)" = "validate 1" ] # the payment
	provider send-blocks -q --record sold --deal @ -o 6.frames || [ $? = 3 ]
	[ "$(decoded)" = "send-blocks $(frames 6.frames)" ]
	client receive-blocks -q --record bought 5.frames 6.frames 2>/dev/null || [ $? = 3 ]
	[ "$(decoded)" = "receive-blocks $(($(frames 5.frames) + $(frames 6.frames)))" ]
	client make-voucher -q --deal @ -o 7.frames
	provider validate -q --record sold 7.frames -o 8.frames
	[ "$(decoded)" = "validate $((1 + $(frames 8.frames)))" ]
}
