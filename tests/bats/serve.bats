#!/usr/bin/env bats
# serve: one client at a time on standard input and output, many deals, many processes on one store.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 3M
	offer_file content
	export SERVE="RETRIEVAL_HOME=$PWD/provider serve"
}

@test "it logs a line for each step of a deal" {
	run -0 --separate-stderr client retrieve -q --max-total 0.5fil --via "$SERVE 2>log" content.offer -o copy.car
	[[ $(tail -1 log) =~ ^serve:\ deal\ [0-9]+\ Completed\ bafy[a-z2-7]+\ [0-9]+\ bytes,\ [0-9]+\ afil$ ]]
}

@test "a step tool may be the other end: send and receive through FIFOs with --pay" {
	begin_deal
	mkfifo down up
	provider serve -q <up >down &
	exec 8>up
	cat 1.frames >&8
	timeout 60 env RETRIEVAL_HOME="$PWD/client" RETRIEVAL_KEY="$PWD/client.key" receive-blocks -q --pay -o copy.car <down >&8
	exec 8>&-
	wait
	cmp content.car copy.car
	[ "$(state provider)" = DealStatusCompleted ]
}

# offer_two_intervals - the content in two payments: after 64 KiB, and at its end.
offer_two_intervals() {
	make_file content 100K
	pack -q --chunk-size 16KiB content -o content.car
	provider offer -q set content.car --interval 64KiB --increase 64KiB >content.offer
}

# has_whole_frames FILE SIZE - FILE has more than SIZE bytes, and ends with the end of a frame.
has_whole_frames() {
	[ "$(stat -c %s "$1")" -gt "$2" ] && inspect "$1" >inspected 2>&1
}

@test "a payment that another process took, from a connection that is dead, is answered with what it opened" {
	offer_two_intervals
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	mkfifo up
	provider serve -q <up >down &
	exec 8>up
	cat 1.frames >&8
	wait_until has_whole_frames down 65536
	client receive-blocks -q down -o copy.car || [ $? = 3 ]
	client channel -q open --deal @
	client receive-blocks -q down -o copy.car || [ $? = 3 ]
	client make-voucher -q --deal @ -o pay.frames
	run -5 --separate-stderr bash -c 'RETRIEVAL_HOME=$PWD/provider serve -q <pay.frames >/dev/null'
	[ "$(state provider)" = DealStatusFundsNeededLastPayment ]
	cat pay.frames >&8
	exec 8>&-
	wait
	run -3 --separate-stderr client receive-blocks down
	client make-voucher -q --deal @ -o last.frames
	provider validate -q last.frames -o end.frames
	client receive-blocks -q end.frames
	[ "$(state client)" = DealStatusCompleted ]
	cmp content.car copy.car
	[ "$(json .spent client deals show @ --json)" = "$(json .received provider deals show @ --json)" ]
}

@test "many deals may go over one connection, one after another" {
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	client deals cancel -q @ -o cancel.frames
	client propose -q --max-total 0.5fil content.offer -o 2.frames
	client deals cancel -q @ -o cancel2.frames
	cat 1.frames cancel.frames 2.frames cancel2.frames >all
	run -0 --separate-stderr bash -c 'RETRIEVAL_HOME=$PWD/provider serve <all >answers'
	[ "$(states provider deals list --json)" = "2 DealStatusCancelled" ]
}

@test "eight clients at once on one store all complete, and the books balance" {
	provider offer -q set content.car --price 1afil --interval 64KiB --increase 64KiB >content.offer
	for n in 1 2 3 4 5 6 7 8; do
		(
			export RETRIEVAL_HOME=$PWD/c$n RETRIEVAL_KEY=$PWD/k$n
			keygen -q --seed "10$n" -o "k$n"
			ledger -q fund "$(address_of "k$n")" 1fil
			retrieve -q --max-total 0.5fil --via "$SERVE -q" content.offer -o "copy$n.car"
		) 2>"log$n" &
	done
	wait
	for n in 1 2 3 4 5 6 7 8; do
		cmp content.car "copy$n.car"
	done
	[ "$(states provider deals list --json)" = "8 DealStatusCompleted" ]
	run -0 ledger check
}

@test "a terminal is no client" {
	command -v script || skip "no script(1)"
	run script -qec "RETRIEVAL_HOME=$PWD/provider serve" /dev/null
	[[ $output == *"not a terminal"* ]]
}

@test "garbage from a client is exit 6, and the store is as before" {
	begin_deal
	before=$(provider deals show @ --json)
	head -c 5000 content >garbage
	run -6 --separate-stderr bash -c 'RETRIEVAL_HOME=$PWD/provider serve -q <garbage >/dev/null'
	[ "$(provider deals show @ --json)" = "$before" ]
}

@test "SIGTERM ends it cleanly" {
	mkfifo up
	RETRIEVAL_HOME=$PWD/provider serve -q <up >down &
	pid=$!
	exec 8>up
	query bafkqaaa >&8
	wait_until test -s down
	kill -TERM "$pid"
	code=0
	wait "$pid" || code=$?
	exec 8>&-
	[ "$code" = 0 ]
}

# MONEY 13
@test "eight deals at once from one buyer share channels, and none takes the funds of another" {
	for n in 1 2 3 4 5 6 7 8; do
		make_file "f$n" 4096 "${n}000"
		pack -q "f$n" -o "f$n.car"
		provider offer -q set "f$n.car" >"f$n.offer"
	done
	for n in 1 2 3 4 5 6 7 8; do
		(
			for _ in 1 2 3 4; do
				client retrieve -q --again --max-total 0.5fil --via "$SERVE -q" "f$n.offer" || echo "$?" >>failed
			done
		) 2>>log &
	done
	wait
	[ ! -e failed ]
	[ "$(states client deals list --limit 0 --json)" = "32 DealStatusCompleted" ]
	run -0 inspect --verify client
	run -0 inspect --verify provider
	run -0 ledger check
}

@test "a value that can't be used is told with where it was set" {
	run -2 --separate-stderr env RETRIEVAL_MAX_UNPAID=5x serve
	[ "$stderr" = "serve: '5x' in RETRIEVAL_MAX_UNPAID is not a number" ]
	mkdir -p config/retrieval
	printf '# limits\n  max-open =  many\n' >config/retrieval/config
	run -2 --separate-stderr env XDG_CONFIG_HOME="$PWD/config" serve
	[ "$stderr" = "serve: 'many', max-open in the configuration, is not a number" ]
	run -2 --separate-stderr serve --max-open -3
	[ "$stderr" = "serve: '-3' is not a number" ]
}

@test "without a store it has no offers, and clients hear that at once" {
	client propose -q --max-total 1fil content.offer -o 1.frames
	RETRIEVAL_HOME=$PWD/empty run -0 --separate-stderr serve <1.frames >answers
	[[ $stderr == "serve: rejected: no offer for this content" ]]
	RETRIEVAL_HOME=$PWD/empty serve -q <1.frames >answers
	run -1 --separate-stderr client validate answers
	[ "$(json .state client deals show @ --json)" = DealStatusDealNotFound ]
}

@test "a request that cannot be served is refused alone: the deals beside it go on" {
	client propose -q --max-total 1fil content.offer -o 1.frames
	# the same proposal under a selector that nobody knows
	sed 's/\xa1\x61>/\xa1\x61?/g' 1.frames >bad.frames
	! cmp -s 1.frames bad.frames || skip "no selector of this form"
	cat bad.frames 1.frames >both
	run -5 --separate-stderr provider serve <both
	[[ $stderr == *FundsNeeded* ]]
}

@test "a client that says words in place of frames is exit 6, and one that dies in the middle of a frame exit 5" {
	run -6 --separate-stderr provider serve < <(printf 'GET / HTTP/1.1\r\nHost: here\r\n\r\n')
	[ -z "$output" ]
	[ "$stderr" = "serve: the client broke the protocol: text came in place of frames" ]
	run -5 --separate-stderr provider serve < <(printf '\xff\xff')
	[ "$stderr" = "serve: stream ends inside a frame" ]
}
