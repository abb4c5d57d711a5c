#!/usr/bin/env bats
# deals: see deals, follow and cancel them.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 3M
	offer_file content
}

propose_content() {
	client propose -q --max-total 0.5fil content.offer -o 1.frames
}

@test "without a verb the deals are listed, newest first, with their state in one word" {
	propose_content
	client propose -q --max-total 0.6fil content.offer -o other.frames
	run --separate-stderr client deals
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} =~ ^[0-9]+\ +client\ +WaitForAcceptance\ +0\ +[0-9]+\ +0afil\ +bafy ]]
	run --separate-stderr client deals --json
	[ "$(jq -c .number <<<"${lines[0]}")" = 2 ]
	[ "$(jq -r .state <<<"${lines[0]}")" = DealStatusWaitForAcceptance ]
}

@test "list goes on where another list ended" {
	for i in 1 2 3 4 5; do
		client propose -q --max-total "0.${i}fil" content.offer -o 1.frames
	done
	run -0 --separate-stderr client deals list --limit 2 --json
	[ "$(jq -s -c 'map(.number)' <<<"$output")" = '[5,4]' ]
	run -0 --separate-stderr client deals list --limit 2 --before 4 --json
	[ "$(jq -s -c 'map(.number)' <<<"$output")" = '[3,2]' ]
	run -0 --separate-stderr client deals list --limit 0 --before 100 --json
	[ "$(jq -s -c 'map(.number)' <<<"$output")" = '[5,4,3,2,1]' ]
	run -0 --separate-stderr client deals list --before 1
	[ -z "$output" ]
}

@test "show says who must act next, and the command to paste, at every step of a deal" {
	propose_content
	id=$(client deals show @ --json | jq -r .id)
	next() { "$1" deals show @ --json | jq -r '"\(.next_by): \(.next)"'; }
	[ "$(next client)" = "provider: validate FRAMES" ]
	provider validate -q 1.frames -o 2.frames
	[ "$(next provider)" = "provider: send-blocks --deal $id -o blocks.frames" ]
	client validate -q 2.frames
	[ "$(next client)" = "client: channel open --deal $id" ]
	client channel -q open --deal @
	[ "$(next client)" = "provider: receive-blocks FRAMES" ]
	run -3 --separate-stderr provider send-blocks --deal @ -o 3.frames
	[ "$(next provider)" = "client: validate FRAMES" ]
	run -3 --separate-stderr client receive-blocks 3.frames -o copy.car
	[ "$(next client)" = "client: make-voucher --deal $id -o payment.frames" ]
	client make-voucher -q --deal @ -o 4.frames
	provider validate -q 4.frames -o 5.frames
	finish_deal
	[ "$(next client)" = "nobody: " ]
	[ "$(next provider)" = "provider: settle $(json .channel provider deals show @ --json)" ]
}

@test "a deal that ran dry is shown with the exact amount to add" {
	propose_content
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @ --amount 1000000afil
	run -3 --separate-stderr provider send-blocks --deal @ -o 3.frames
	run --separate-stderr client receive-blocks 3.frames -o copy.car
	run --separate-stderr client make-voucher --deal @ -o 4.frames
	[ "$status" -eq 4 ]
	run -0 --separate-stderr client deals show @ --json
	id=$(jq -r .id <<<"$output")
	channel=$(jq -r .channel <<<"$output")
	[ "$(jq -r .next <<<"$output")" = "channel add-funds $channel $((2097152 - 1000000))afil && deals restart $id" ]
}

@test "a deal is found by its id, the first digits of it, or @" {
	propose_content
	id=$(client deals show @ --json | jq -r .id)
	[ "$(json .id client deals show "$id" --json)" = "$id" ]
	[ "$(json .id client deals show "${id:0:5}" --json)" = "$id" ]
	run --separate-stderr client deals show 1111
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "deals: no deal begins with '1111'" ]
}

@test "events tells each change in order, with its time" {
	propose_content
	run --separate-stderr client deals events
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	id=$(client deals show @ --json | jq -r .id)
	[ "${lines[0]}" = "1  2023-11-14T22:13:20Z  client  $id  ClientEventOpen  New  0  0afil" ]
	[ "${lines[1]}" = "2  2023-11-14T22:13:20Z  client  $id  ClientEventDealProposed  WaitForAcceptance  0  0afil" ]
	[ "${#lines[@]}" -eq 2 ]
	run --separate-stderr client deals events @ --from 2 --json
	[ "${#lines[@]}" -eq 1 ]
	[ "$(jq -r '"\(.sequence) \(.event)"' <<<"$output")" = "2 ClientEventDealProposed" ]
}

@test "-f prints what happens as it does, and ends cleanly when it is told to" {
	propose_content
	RETRIEVAL_HOME=$BATS_TEST_TMPDIR/client deals -f >followed 2>errors & # not by client(): the signal is for the tool
	follower=$!
	client propose -q --max-total 0.6fil content.offer -o other.frames
	wait_until lines_in followed 4
	[ "$(wc -l <followed)" -eq 4 ]
	kill -TERM $follower
	wait $follower
	[ ! -s errors ]
	[ "$(wc -l <followed)" -eq 4 ]
}

@test "following ends by itself when nobody reads any more" {
	propose_content
	mkfifo pipe
	client deals -f >pipe 2>errors &
	follower=$!
	head -n 1 <pipe >first
	status=0
	wait $follower || status=$?
	[ "$status" -eq 5 ]
	[ "$(cat errors)" = "deals: the reader of the output went away" ]
}

@test "cancel tells the other side, and both deals are over" {
	begin_deal
	run --separate-stderr client deals cancel @ -o cancel.frames
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[[ $stderr == "deals: deal "*" cancelled" ]]
	[ "$(state client)" = DealStatusCancelled ]
	run --separate-stderr provider validate cancel.frames -o answer.frames
	[ "$(state provider)" = DealStatusCancelled ]
	client deals cancel -q @ -o again.frames
	cmp cancel.frames again.frames
}

@test "a provider cancels too" {
	begin_deal
	run --separate-stderr provider deals cancel @ -a
	[ "$status" -eq 0 ]
	[[ $output =~ ^[A-Za-z0-9_-]+$ ]]
	[ "$(state provider)" = DealStatusCancelled ]
}

@test "a finished deal can't be cancelled or restarted" {
	begin_deal
	finish_deal
	run --separate-stderr client deals cancel @
	[ "$status" -eq 8 ]
	[ -z "$output" ]
	[[ $stderr == "deals: deal "*" is over: DealStatusCompleted" ]]
	run --separate-stderr client deals restart @
	[ "$status" -eq 8 ]
	[[ $stderr == "deals: deal "*" is DealStatusCompleted: only a deal that ran out of funds restarts" ]]
}

@test "a receipt says the same on both sides: bytes, price, paid, channel, lane, nonce" {
	begin_deal
	finish_deal
	client deals receipt @ --json >bought
	provider deals receipt @ --json >sold
	[ "$(jq -r .we bought)" = bought ]
	[ "$(jq -r .we sold)" = sold ]
	[ "$(jq -c 'del(.we)' bought)" = "$(jq -c 'del(.we)' sold)" ]
	[ "$(jq -r .paid bought)" = $(($(jq .bytes bought) * 2)) ]
	[ "$(jq -r .began bought)" = 2023-11-14T22:13:20Z ]
	[ "$(jq -r .state sold)" = DealStatusCompleted ]
}

@test "looking at a store that is not there makes none" {
	RETRIEVAL_HOME=$BATS_TEST_TMPDIR/nobody run --separate-stderr deals
	[ "$status" -ne 0 ]
	[ -z "$output" ]
	[[ $stderr == "deals: there is no store in '$BATS_TEST_TMPDIR/nobody' yet"* ]]
	[ ! -e nobody ]
}

@test "resume writes the request of an open deal again, with what is here; a deal that is over is refused" {
	begin_deal
	one_round || [ $? = 3 ]
	run -0 --separate-stderr client deals resume -q @ -o resume.frames
	[ -z "$stderr" ]
	[ "$(json -rs '.[-1].message.requests[0].type' inspect --json resume.frames)" = new ]
	provider validate -q resume.frames -o accepted.frames
	client receive-blocks -q accepted.frames || [ $? = 5 ]
	finish_deal
	[ "$(state client)" = DealStatusCompleted ]
	run -8 --separate-stderr client deals resume @
	[[ $stderr == "deals: deal "*" is over: DealStatusCompleted" ]]
	run -1 --separate-stderr provider deals resume @
}

@test "forgive takes a debt off its client, and the deal goes on only when it is paid" {
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	provider validate -q --client bob 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @
	provider send-blocks -q --deal @ -o blocks.frames || [ $? = 3 ]
	client propose -q --max-total 0.6fil content.offer -o other.frames
	run -1 --separate-stderr provider validate --client bob other.frames -o refused.frames
	run -0 --separate-stderr provider deals forgive @
	[[ $stderr == "deals: deal "*" afil are forgiven" ]]
	run -0 inspect --verify provider
	run -0 --separate-stderr provider validate --client bob other.frames -o other.accepted
	run -1 --separate-stderr client deals forgive @
	[[ $stderr == "deals: this home is the client of deal "*", not the provider" ]]
	# the first deal still wants its payment
	deal=$(json -rs '.[-1].id' client deals list --json)
	run -3 --separate-stderr provider send-blocks --deal "$deal" -o again.frames
	cmp blocks.frames again.frames
	client receive-blocks -q blocks.frames || [ $? = 3 ]
	client make-voucher -q --deal "$deal" -o pay.frames
	provider validate -q --client bob pay.frames -o paid.frames
	provider send-blocks -q --deal "$deal" -o more.frames || [ $? = 3 ]
	[ "$(json .unpaid provider deals show "$deal" --json)" != 0 ] # and what comes after counts again
	run -0 inspect --verify provider
}
