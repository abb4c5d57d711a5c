#!/usr/bin/env bats
# validate: what counts is accepted once; what does not is refused with its reason, and changes nothing.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 3M
	offer_file content
}

# to_first_pause - a deal that waits for its first payment, with the payment in pay.frames.
to_first_pause() {
	begin_deal
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	client receive-blocks -q 3.frames -o copy.car || [ $? = 3 ]
	client make-voucher -q --deal @ -o pay.frames
}

received() {
	provider deals show @ --json | jq -r .received
}

@test "a proposal is accepted once, however often it is read" {
	client propose -q --max-total 1fil content.offer -o 1.frames
	run -0 --separate-stderr provider validate 1.frames -o 2.frames
	[[ $stderr =~ ^validate:\ deal\ [0-9]+\ accepted$ ]]
	cat 1.frames 1.frames >twice
	provider validate -q twice -o 2b.frames
	cat 2.frames 2.frames | cmp - 2b.frames
	run -0 provider deals list --json
	[ "${#lines[@]}" = 1 ]
}

@test "an unseal price under the offer's is rejected" {
	provider offer -q set content.car --unseal 100afil >sealed.offer
	client propose -q --max-total 1fil --unseal 99afil sealed.offer -o 1.frames
	run -1 --separate-stderr provider validate 1.frames -o 2.frames
	[[ $stderr == *"unseal price 99 afil is under this offer's 100 afil" ]]
}

@test "an interval or an increase above the offer's is rejected" {
	client propose -q --max-total 1fil --interval 2MiB content.offer -o 1.frames
	run -1 --separate-stderr provider validate 1.frames -o 2.frames
	[[ $stderr == *"payment interval 2097152 bytes is above this offer's 1048576 bytes" ]]
	client propose -q --max-total 1fil --increase 2MiB content.offer -o 1.frames
	run -1 --separate-stderr provider validate 1.frames -o 2.frames
	[[ $stderr == *"payment interval increase 2097152 bytes is above this offer's 1048576 bytes" ]]
}

@test "a payment is credited once, and the same payment again gets the same answer" {
	to_first_pause
	run -0 --separate-stderr provider validate pay.frames -o 5.frames
	[ "$(received)" = 2097152 ]
	run -0 --separate-stderr provider validate pay.frames -o 5b.frames
	cmp 5.frames 5b.frames
	[ "$(received)" = 2097152 ]
}

@test "it gets the same answer after the next blocks were sent, too" {
	to_first_pause
	provider validate -q pay.frames -o 5.frames
	run -3 --separate-stderr provider send-blocks --deal @ -o 6.frames
	run -0 --separate-stderr provider validate pay.frames -o 5b.frames
	cmp 5.frames 5b.frames
	[ "$(received)" = 2097152 ]
	client receive-blocks -q 5b.frames || [ $? = 5 ]
	run -3 --separate-stderr client receive-blocks 6.frames
}

@test "a payment for another deal is refused, and both deals are as before" {
	to_first_pause
	mv pay.frames first.frames
	make_file other 3M 5
	offer_file other
	to_first_pause
	provider validate -q first.frames -o /dev/null
	run -0 --separate-stderr provider validate pay.frames -o 5.frames
	before=$(received)
	run -0 --separate-stderr provider validate first.frames -o 6.frames
	[ "$(received)" = "$before" ]
}

@test "a payment that nobody here waits for is refused" {
	to_first_pause
	run -8 --separate-stderr client validate pay.frames
	[[ $stderr == *"no deal here has transfer"* ]]
}

@test "an older payment after a newer one is refused, with a reason for the client" {
	to_first_pause
	cp pay.frames old.frames
	provider validate -q pay.frames -o 5.frames
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	client receive-blocks -q 3.frames || [ $? = 3 ]
	client make-voucher -q --deal @ -o pay.frames
	provider validate -q pay.frames -o 5.frames
	before=$(received)
	run -8 --separate-stderr provider validate old.frames -o 6.frames
	[[ $stderr == "validate: payment refused: nonce 1 is not above 2" ]]
	[ -s 6.frames ] || true
	[ "$(received)" = "$before" ]
}

@test "a payment with a changed signature is refused with exit 7 and loses nothing" {
	to_first_pause
	size=$(stat -c %s pay.frames)
	# the signature lies before the type name of the payment
	at=$(grep -abo "VTyp" pay.frames)
	at=${at%%:*}
	cp pay.frames bad.frames
	printf '\x55' | dd of=bad.frames bs=1 seek=$((at - 40)) conv=notrunc status=none
	[ "$(stat -c %s bad.frames)" = "$size" ]
	run -7 --separate-stderr provider validate bad.frames -o 6.frames
	[ "$(received)" = 0 ]
	run -0 --separate-stderr provider validate pay.frames -o 5.frames
	[ "$(received)" = 2097152 ]
}

@test "a payment through a settling channel is money, though nothing more is sent for it" {
	to_first_pause
	client settle -q @ >/dev/null
	run -8 --separate-stderr provider validate pay.frames -o 5.frames
	[[ $stderr == *"the channel is settling"* ]]
	[ "$(received)" = 2097152 ]
	run -3 --separate-stderr provider send-blocks --deal @ -o 3.frames
}

@test "a payment for a deal that was cancelled is taken, and the deal stays over" {
	to_first_pause
	client deals -q cancel @ -o cancel.frames
	provider validate -q cancel.frames
	run -0 --separate-stderr provider validate pay.frames -o 5.frames
	[ "$(received)" = 2097152 ]
	[ "$(json .state provider deals show @ --json)" = DealStatusCancelled ]
}

@test "a cut frame changes nothing and says so" {
	client propose -q --max-total 1fil content.offer -o 1.frames
	head -c 100 1.frames >cut
	run -5 --separate-stderr provider validate cut -o 2.frames
	[[ $stderr == *"stream ends inside a frame"* ]]
	[ ! -e 2.frames ]
	run -0 provider deals list
	[ -z "$output" ]
}

@test "a frame above 4 MiB is refused before it is read" {
	printf '\x81\x80\x80\x02' >huge
	run -6 --separate-stderr provider validate huge -o 2.frames
	[[ $stderr == *"larger than allowed"* ]]
}

@test "an empty stream is the end of a stream" {
	: >nothing
	run -5 --separate-stderr provider validate nothing -o 2.frames
	[[ $stderr == *"there is no frame in it"* ]]
}

@test "a changed proposal is malformed, rejected or another deal, and never a crash" {
	client propose -q --max-total 1fil content.offer -o 1.frames
	size=$(stat -c %s 1.frames)
	for ((at = 1; at < size; at += 13)); do
		cp 1.frames bad
		byte=$(dd if=1.frames bs=1 skip=$at count=1 status=none | od -An -tu1)
		printf '%b' "\\0$(printf %o $((byte ^ 1)))" | dd of=bad bs=1 seek=$at conv=notrunc status=none
		run --separate-stderr provider validate -q bad -o 2.frames
		[ "$status" -lt 11 ]
		[ "$status" != 2 ]
	done
}

@test "a store that does not exist is not made by reading" {
	client propose -q --max-total 1fil content.offer -o 1.frames
	RETRIEVAL_HOME=$PWD/nowhere run -1 --separate-stderr validate 1.frames
	[[ $stderr == *"there is no store in"* ]]
	[ ! -e nowhere ]
}

@test "the payments behind a refused one are taken, and the exit code is that of the refusal" {
	make_file long 8M
	offer_file long --increase 0
	begin_deal
	one_round || [ $? = 3 ]
	cp pay.frames old.frames
	one_round || [ $? = 3 ]
	provider send-blocks -q --deal @ -o blocks.frames || [ $? = 3 ]
	client receive-blocks -q blocks.frames || [ $? = 3 ]
	client make-voucher -q --deal @ -o new.frames
	cat old.frames new.frames old.frames >all.frames
	run -8 --separate-stderr provider validate all.frames -o paid.frames
	[ "${stderr_lines[0]}" = "validate: payment refused: nonce 1 is not above 3" ] # the last one
	[ "${stderr_lines[1]}" = "validate: payment refused: nonce 1 is not above 2" ]
	[ "$(json .received provider deals show @ --json)" = "$(json .spent client deals show @ --json)" ]
}
