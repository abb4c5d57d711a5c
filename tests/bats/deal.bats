#!/usr/bin/env bats
# Whole deals by hand, with two homes: each ends in the right state on both sides.

load common
load common_deal

setup() {
	common_setup
	setup_parties
}

# both_end STATE [CLIENT_STATE] - the state of the newest deal on both sides.
both_end() {
	[ "$(state provider)" = "DealStatus$1" ]
	[ "$(state client)" = "DealStatus${2:-$1}" ]
}

# spent_and_received - the client's and the provider's count of money, on one line.
spent_and_received() {
	echo "$(json .spent client deals show @ --json) $(json .received provider deals show @ --json)"
}

@test "a 64 MiB file with the default terms arrives whole, is paid, settled and collected" {
	make_file birb.tar 64M
	offer_file birb.tar
	begin_deal
	finish_deal
	both_end Completed
	cmp content.car copy.car
	# 64 MiB of data and one node above it, at 2 afil per byte
	bytes=$(provider deals show @ --json | jq -r .bytes)
	[ "$(spent_and_received)" = "$((bytes * 2)) $((bytes * 2))" ]
	run -0 --separate-stderr provider settle @
	run -0 --separate-stderr ledger advance 12h
	run -0 --separate-stderr provider settle @
	run -0 --separate-stderr ledger balance "$PROVIDER" --json
	[ "$(jq -r .balance <<<"$output")" = "$((bytes * 2))" ]
	run -0 ledger check
}

@test "a file of 100 bytes is one block and one payment" {
	make_file small 100
	offer_file small
	begin_deal
	finish_deal
	both_end Completed
	cmp content.car copy.car
	[ "$(spent_and_received)" = "200 200" ]
}

@test "an empty file is a deal over nothing, and completes without a voucher" {
	: >empty
	offer_file empty
	begin_deal
	finish_deal
	both_end Completed
	cmp content.car copy.car
	[ "$(spent_and_received)" = "0 0" ]
}

@test "a free deal needs no channel" {
	make_file gift 3M
	offer_file gift --price 0
	client propose -q content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	finish_deal
	both_end Completed
	cmp content.car copy.car
	run -1 --separate-stderr client channel show "$CLIENT"
}

@test "a free deal completes for a client that has a funded channel too" {
	make_file first 100
	offer_file first
	begin_deal
	finish_deal
	make_file gift 3M 7
	pack -q gift -o gift.car
	provider offer -q set gift.car --price 0 >gift.offer
	client propose -q gift.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	run -0 --separate-stderr client channel open --deal @
	[[ $stderr == *"no channel is needed"* ]]
	finish_deal
	both_end Completed
	cmp gift.car copy.car
}

@test "an unseal price is paid once, with the first interval" {
	make_file sealed 5M
	offer_file sealed --unseal 5000afil
	begin_deal
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	client receive-blocks -q 3.frames -o copy.car || [ $? = 3 ]
	client make-voucher -q --deal @ -o 4.frames
	[ "$(json .spent client deals show @ --json)" = "$((1048576 * 2 + 5000))" ]
	provider validate -q 4.frames -o 5.frames
	client receive-blocks -q 5.frames || [ $? = 5 ]
	finish_deal
	both_end Completed
	bytes=$(provider deals show @ --json | jq -r .bytes)
	[ "$(spent_and_received)" = "$((bytes * 2 + 5000)) $((bytes * 2 + 5000))" ]
}

@test "a channel that runs dry says exactly what lacks, is topped up, and the deal goes on" {
	make_file big 3M
	offer_file big
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @ --amount 2500000afil
	one_round || [ $? = 3 ]
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	client receive-blocks -q 3.frames -o copy.car || [ $? = 3 ]
	run -4 --separate-stderr client make-voucher --deal @ -o 4.frames
	# the whole file has arrived: 3 MiB and its node, less what the channel holds
	owed=$(($(json .bytes provider deals show @ --json) * 2))
	short=$((owed - 2500000))
	[[ ${stderr_lines[0]} == "make-voucher: not enough in channel "*": owed $owed afil, available 2500000 afil, short $short afil" ]]
	[[ ${stderr_lines[1]} == "make-voucher: hint: channel add-funds f2"*" ${short}afil" ]]
	[ ! -e 4.frames ]
	[ "$(state client)" = DealStatusInsufficientFunds ]
	channel=$(client deals show @ --json | jq -r .channel)
	run -0 --separate-stderr client channel add-funds "$channel" "${short}afil"
	run -0 --separate-stderr client deals restart @
	client make-voucher -q --deal @ -o 4.frames
	provider validate -q 4.frames -o 5.frames
	client receive-blocks -q 5.frames || true
	finish_deal
	both_end Completed
	cmp content.car copy.car
}

@test "make-voucher itself looks again at a channel that was topped up" {
	make_file big 3M
	offer_file big
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @ --amount 100afil
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	client receive-blocks -q 3.frames -o copy.car || [ $? = 3 ]
	run -4 client make-voucher --deal @ -o 4.frames
	run -4 client make-voucher --deal @ -o 4.frames
	channel=$(client deals show @ --json | jq -r .channel)
	client channel -q add-funds "$channel" 0.1fil
	client make-voucher -q --deal @ -o 4.frames
	provider validate -q 4.frames -o 5.frames
	finish_deal
	both_end Completed
}

@test "a price under the offer's is rejected, with the reason on both sides" {
	make_file small 100
	offer_file small
	client propose -q --max-total 1fil --price 1afil content.offer -o 1.frames
	run -1 --separate-stderr provider validate 1.frames -o 2.frames
	[ "$stderr" = "validate: rejected: price 1 afil per byte is under this offer's 2 afil per byte" ]
	run -1 --separate-stderr client validate 2.frames
	[[ $stderr == *"deal rejected: price 1 afil per byte is under this offer's 2 afil per byte"* ]]
	[ "$(state client)" = DealStatusRejected ]
}

@test "content that nobody offers is not found, and the client hears it at once" {
	client propose -q --max-total 1fil --pay-to "$PROVIDER" bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku -o 1.frames
	provider deals list >/dev/null || true
	make_file other 100
	offer_file other
	run -1 --separate-stderr provider validate 1.frames -o 2.frames
	run -1 --separate-stderr client validate 2.frames
	[ "$(state client)" = DealStatusDealNotFound ]
}

@test "content that is gone when blocks are due is no end of the deal: it goes on once the file is back" {
	make_file small 100
	offer_file small
	begin_deal
	mv content.car away.car
	run -10 --separate-stderr provider send-blocks --deal @ -o 3.frames
	[[ $stderr == *"content.car'"* ]]
	[ "$(state provider)" = DealStatusOngoing ]
	run -10 --separate-stderr client receive-blocks 3.frames
	[[ $stderr == *"the provider can't deliver now; deal "*" can be resumed"* ]]
	[ "$(state client)" != DealStatusErrored ]
	mv away.car content.car
	finish_deal
	[ "$(state client)" = DealStatusCompleted ]
	[ "$(state provider)" = DealStatusCompleted ]
}

@test "a block that has rotten is refused by the client, and not sent again; the deal goes on from another copy of the content" {
	make_file big 3M
	offer_file big
	begin_deal
	cp content.car good.car
	printf 'X' | dd of=content.car bs=1 seek=1500000 conv=notrunc status=none
	one_round || [ $? = 3 ]
	run -3 --separate-stderr provider send-blocks --deal @ -o rotten.frames
	run -7 --separate-stderr client receive-blocks rotten.frames
	[[ $stderr == *"does not match its CID"* ]]
	run -10 --separate-stderr provider send-blocks --deal @ -o again.frames
	[[ $stderr == *"does not match its CID"* ]]
	provider deals show @ --json >shown
	run -0 --separate-stderr provider offer move "$(jq -r .payload <shown)" good.car
	finish_deal
	[ "$(state client)" = DealStatusCompleted ]
	[ "$(json .spent client deals show @ --json)" = "$((2 * $(json .bytes client deals show @ --json)))" ]
}

@test "a client that cancels ends the deal on both sides" {
	make_file big 3M
	offer_file big
	begin_deal
	one_round || [ $? = 3 ]
	run -0 --separate-stderr client deals cancel @ -o cancel.frames
	[ "$(state client)" = DealStatusCancelled ]
	run -0 --separate-stderr provider validate cancel.frames
	[ "$(state provider)" = DealStatusCancelled ]
	run -8 --separate-stderr provider send-blocks --deal @ -o more.frames
	client make-voucher -q --deal @ -o rest.frames # what was verified beyond the interval is paid, and nothing else
	provider validate -q rest.frames -o answer.frames
	client make-voucher -q --deal @ -o again.frames
	cmp rest.frames again.frames
	[ "$(json .spent client deals show @ --json)" = "$((2 * $(json .bytes client deals show @ --json)))" ]
	[ "$(json .received provider deals show @ --json)" = "$(json .spent client deals show @ --json)" ]
}

@test "a provider that cancels ends the deal on both sides" {
	make_file big 3M
	offer_file big
	begin_deal
	one_round || [ $? = 3 ]
	run -0 --separate-stderr provider deals cancel @ -o cancel.frames
	[ "$(state provider)" = DealStatusCancelled ]
	run -1 --separate-stderr client receive-blocks cancel.frames
	[ "$(state client)" = DealStatusCancelled ]
}

@test "a second deal with the same provider goes through the same channel, on a lane of its own" {
	make_file one 100
	offer_file one
	begin_deal
	finish_deal
	first=$(client deals show @ --json | jq -r .channel)
	make_file two 2000 9
	offer_file two
	begin_deal
	finish_deal
	both_end Completed
	[ "$(json .channel client deals show @ --json)" = "$first" ]
	[ "$(json .lane client deals show @ --json)" = 1 ]
}

@test "everything is said again without harm: every tool runs twice at each step" {
	make_file big 3M
	offer_file big
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	client propose -q --max-total 0.5fil content.offer -o 1b.frames
	cmp 1.frames 1b.frames
	provider validate -q 1.frames -o 2.frames
	provider validate -q 1.frames -o 2b.frames
	cmp 2.frames 2b.frames
	client validate -q 2.frames
	client validate -q 2.frames
	client channel -q open --deal @
	client channel -q open --deal @
	for _ in 1 2 3; do
		sent=0
		provider send-blocks -q --deal @ -o 3.frames || sent=$?
		if [ "$sent" = 0 ]; then
			client receive-blocks -q 3.frames
			client receive-blocks -q 3.frames
			break
		fi
		provider send-blocks -q --deal @ -o 3b.frames || [ $? = 3 ]
		cmp 3.frames 3b.frames
		client receive-blocks -q 3.frames -o copy.car || [ $? = 3 ]
		client receive-blocks -q 3.frames -o copy.car || [ $? = 3 ]
		client make-voucher -q --deal @ -o 4.frames
		client make-voucher -q --deal @ -o 4b.frames
		cmp 4.frames 4b.frames
		client receive-blocks -q 3.frames || true
		provider validate -q 4.frames -o 5.frames
		provider validate -q 4.frames -o 5b.frames
		cmp 5.frames 5b.frames
		client receive-blocks -q 5.frames || true
		client receive-blocks -q 5.frames || true
	done
	both_end Completed
	cmp content.car copy.car
	bytes=$(provider deals show @ --json | jq -r .bytes)
	[ "$(spent_and_received)" = "$((bytes * 2)) $((bytes * 2))" ]
	run -0 --separate-stderr provider settle @
	run -11 --separate-stderr provider settle @
	ledger -q advance 12h
	run -0 --separate-stderr provider settle @
	run -0 --separate-stderr provider settle @
	run -0 ledger check
}

@test "frames travel as text just as well" {
	make_file small 5000
	offer_file small
	client propose -aq --max-total 1fil content.offer >1.txt
	provider validate -aq 1.txt >2.txt
	client validate -q 2.txt
	client channel -q open --deal @
	provider send-blocks -aq --deal @ >3.txt || [ $? = 3 ]
	client receive-blocks -q 3.txt -o copy.car || [ $? = 3 ]
	client make-voucher -aq --deal @ >4.txt
	provider validate -aq 4.txt >5.txt
	client receive-blocks -q 5.txt
	both_end Completed
	cmp content.car copy.car
}

@test "text that mail gave other ends of lines is the same text" {
	make_file small 5000
	offer_file small -a
	sed -i 's/$/\r/' content.offer
	client propose -aq --max-total 1fil content.offer >1.txt
	sed -i 's/$/\r/' 1.txt
	provider validate -aq 1.txt >2.txt
	sed 's/$/\r/' 2.txt >2.mail
	client validate -q - <2.mail
	client channel -q open --deal @
	provider send-blocks -aq --deal @ >3.txt || [ $? = 3 ]
	sed -i 's/$/\r/' 3.txt
	client receive-blocks -q 3.txt -o copy.car || [ $? = 3 ]
	client make-voucher -aq --deal @ >4.txt
	{ cat 1.txt && sed 's/$/\r/' 4.txt; } >4.mail
	run -0 inspect --verify 4.mail
	provider validate -aq 4.mail >5.txt
	client receive-blocks -q 5.txt
	both_end Completed
	cmp content.car copy.car
}
