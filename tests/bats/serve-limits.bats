#!/usr/bin/env bats
# serve and validate: what one client may have at once, and for how long.

load common

setup() {
	common_setup
	setup_parties
	export RETRIEVAL_MAX_OWED=0 # the other limits are tried alone
}

# offers N... - content that takes three intervals, offered, for each N: N.offer, and its proposal N.frames.
offers() {
	local n

	for n; do
		make_file "f$n" 600K "${n}000000"
		pack -q "f$n" -o "$n.car"
		provider offer -q set "$n.car" --price 2afil --interval 200KiB --increase 0 >"$n.offer"
		client propose -q --max-total 0.1fil "$n.offer" -o "$n.frames"
		client deals show @ --json | jq -r .id >"$n.id"
	done
}

# id N - the id of the deal that N.frames proposes.
id() {
	cat "$1.id"
}

# serve_to NAME [OPTION...] - serve as to that client, into the file "answers".
serve_to() {
	local name=$1

	shift
	provider serve ${name:+--client "$name"} "$@" >answers
}

# take N NAME [OPTION...] - that client takes the first interval of deal N, and goes away.
take() {
	local n=$1

	shift
	run -5 --separate-stderr serve_to "$@" <"$n.frames"
	[[ $stderr == *"FundsNeeded"*"the client went away; deal $(id "$n") can be resumed" ]]
}

# refused N REASON NAME [OPTION...] - the proposal is answered with that reason, changes nothing, and serve goes on.
refused() {
	local n=$1 reason=$2 before

	shift 2
	before=$(provider deals events --json | wc -l)
	run -0 --separate-stderr serve_to "$@" <"$n.frames"
	[ "$stderr" = "serve: ${1:+$1: }rejected: $reason" ]
	[ "$(count provider deals events --json)" = "$before" ]
	cp -r client judge
	RETRIEVAL_HOME=$PWD/judge run -1 --separate-stderr validate answers
	[ "${stderr_lines[0]}" = "validate: deal rejected: $reason" ]
	[ ${#stderr_lines[@]} = 1 ] || [[ ${stderr_lines[1]} == "validate: hint: make-voucher --deal "* ]] # pays a cancelled deal
	rm -r judge
}

# pay N NAME - that client resumes the deal, and goes through with it.
pay() {
	client retrieve -q --max-total 0.1fil --via "RETRIEVAL_HOME=$PWD/provider serve -q --client $2" "$1.offer" -o "$1.copy"
	cmp "$1.car" "$1.copy"
}

holds() {
	run -0 --separate-stderr inspect --verify provider
}

@test "a client that left an unpaid deal gets no new one until it has resumed that" {
	offers 1 2 3
	take 1 bob
	refused 2 "deal $(id 1) was left unpaid: resume it or cancel it before a new one" bob
	holds
	# nobody else is disturbed
	take 2 carol
	take 3 ''
	holds
	pay 1 bob
	holds
	[ "$(json .state provider deals show "$(id 1)" --json)" = DealStatusCompleted ]
	offers 4
	take 4 bob
	holds
}

@test "more deals may be left unpaid if that is allowed, and any number with 0" {
	offers 1 2 3 4
	take 1 bob
	take 2 bob --max-unpaid 2
	refused 3 "deal $(id 1) was left unpaid: resume it or cancel it before a new one" bob --max-unpaid 2
	take 3 bob --max-unpaid 0
	# the limit holds for clients without a name if it is asked for
	take 4 ''
	offers 5
	refused 5 "deal $(id 4) was left unpaid: resume it or cancel it before a new one" '' --max-unpaid 1
	holds
}

@test "many deals at once over one connection are no matter, and the deal of a free offer is never unpaid" {
	offers 1 2 3
	run -5 --separate-stderr serve_to bob < <(cat 1.frames 2.frames 3.frames)
	[ "$(grep -c FundsNeeded <<<"$stderr")" = 3 ]
	[[ $stderr != *rejected* ]]
	provider offer -q set 1.car --price 0 >1.offer
	RETRIEVAL_HOME=$PWD/other propose -q 1.offer --max-total 0 --key client.key -o free.frames
	run -0 --separate-stderr serve_to carol <free.frames
	[[ $stderr == *Completed* ]]
	holds
}

@test "a deal that another connection is serving is not left; once that is killed, it is" {
	offers 1 2 3
	mkfifo up
	RETRIEVAL_HOME=$PWD/provider serve -q --client bob <up >down &
	pid=$!
	exec 8>up
	cat 1.frames >&8
	funds_needed() {
		[ "$(json .state provider deals list --json 2>/dev/null)" = DealStatusFundsNeeded ]
	}
	wait_until funds_needed
	take 2 bob
	pay 2 bob
	kill -KILL $pid
	wait $pid || true
	exec 8>&-
	refused 3 "deal $(id 1) was left unpaid: resume it or cancel it before a new one" bob
	pay 1 bob
	take 3 bob
	holds
}

@test "a client may have so many open deals, on one connection or many" {
	offers 1 2 3
	run -5 --separate-stderr serve_to bob --max-open 2 < <(cat 1.frames 2.frames 3.frames)
	[ "${stderr_lines[2]}" = "serve: bob: rejected: 2 deals are open, and no more than 2 may be" ]
	[ "$(count provider deals list --json)" = 2 ]
	refused 3 "2 deals are open, and no more than 2 may be" bob --max-open 2 --max-unpaid 0
	take 3 carol --max-open 1
	# the same proposal again is no new deal
	take 1 bob --max-open 2
	offers 4
	client deals cancel -q "$(id 2)" -o cancel.frames
	cat cancel.frames 4.frames >both
	run -5 --separate-stderr serve_to bob --max-open 2 --max-unpaid 0 <both
	[[ $stderr == *"Cancelled"*"FundsNeeded"* ]]
	holds
}

@test "sixty-four are open at most for a client with a name, any number for others" {
	make_file f 1000
	pack -q f -o f.car
	provider offer -q set f.car >f.offer
	for ((n = 0; n < 65; n++)); do
		client propose -q --max-total 0.0$((n + 100))fil f.offer -o one.frames
		cat one.frames >>all.frames
	done
	run -5 --separate-stderr serve_to bob -q <all.frames
	[ "$(count provider deals list --limit 0 --json)" = 64 ]
	run -5 --separate-stderr serve_to '' -q <all.frames
	[ "$(count provider deals list --limit 0 --json)" = 65 ]
	holds
}

@test "a client that cancels what it does not pay gets no more than so many deals, beyond those it completes" {
	offers 1 2 3 4
	for n in 1 2; do
		client deals cancel -q "$(id $n)" -o cancel.frames
		run -0 --separate-stderr serve_to bob --max-cancelled 2 < <(cat $n.frames cancel.frames)
		[[ $stderr == *Cancelled* ]]
	done
	refused 3 "2 deals were cancelled with unpaid bytes, and only 0 completed" bob --max-cancelled 2
	holds
	run -5 --separate-stderr serve_to bob <3.frames
	pay 3 bob
	run -5 --separate-stderr serve_to bob --max-cancelled 2 <4.frames
	[[ $stderr != *rejected* ]]
	holds
}

@test "a connection takes so many new deals, refuses the rest, and goes on" {
	offers 1 2 3
	for n in 1 2 3; do
		client deals cancel -q "$(id $n)" -o "$n.cancel"
	done
	cat 1.frames 1.cancel 2.frames 2.cancel 3.frames 1.frames >all
	run -0 --separate-stderr serve_to bob --max-deals 2 <all
	[[ $stderr == *$'\nserve: bob: rejected: more than 2 deals on one connection'* ]]
	[ "$(grep -c rejected <<<"$stderr")" = 1 ]
	[ "$(count provider deals list --json)" = 2 ]
	holds
}

@test "the same limits hold for validate, where the client is named" {
	offers 1 2 3
	provider validate -q --client bob 1.frames -o answer
	run -3 provider send-blocks -q --deal "$(id 1)" -o blocks
	run -1 --separate-stderr provider validate --client bob 2.frames -o answer
	[ "$stderr" = "validate: rejected: deal $(id 1) was left unpaid: resume it or cancel it before a new one" ]
	[ -s answer ]
	run -1 --separate-stderr provider validate --client bob --max-open 1 2.frames
	[ "$stderr" = "validate: rejected: 1 deal is open, and no more than 1 may be" ]
	# its own session over ssh is not the client
	SSH_CONNECTION='bob 1 2 3' provider validate -q 2.frames -o answer
	provider validate -q --client carol 3.frames -o answer
	holds
}

@test "the name is --client, else the first that the environment has, and none is a client too" {
	offers 1 2 3 4 5 6 7 8 9
	provider_serves() {
		provider serve -q "$@" >answers
	}
	name() {
		provider deals show "$(id "$1")" --json | jq -r .client_name
	}
	export SSH_CLIENT='1.1.1.1 22 33'
	run -5 --separate-stderr provider_serves <1.frames
	export SSH_CONNECTION='2.2.2.2 22 3.3.3.3 33'
	run -5 --separate-stderr provider_serves <2.frames
	export REMOTE_HOST=3.3.3.3
	run -5 --separate-stderr provider_serves <3.frames
	export REMOTE_ADDR=::4
	run -5 --separate-stderr provider_serves <4.frames
	export TCPREMOTEIP=5.5.5.5
	run -5 --separate-stderr provider_serves <5.frames
	export SOCAT_PEERADDR=6.6.6.6
	run -5 --separate-stderr provider_serves <6.frames
	export RETRIEVAL_CLIENT=seven
	run -5 --separate-stderr provider_serves <7.frames
	run -5 --separate-stderr provider_serves --client 'eight' <8.frames
	unset SSH_CLIENT SSH_CONNECTION REMOTE_HOST REMOTE_ADDR TCPREMOTEIP
	export SOCAT_PEERADDR='' RETRIEVAL_CLIENT=
	run -5 --separate-stderr provider_serves <9.frames
	names=$(for n in 1 2 3 4 5 6 7 8 9; do name $n; done; echo end)
	[ "$names" = $'1.1.1.1\n2.2.2.2\n3.3.3.3\n::4\n5.5.5.5\n6.6.6.6\nseven\neight\n\nend' ]
	[[ $(provider deals show "$(id 8)") == *"client name: eight"* ]]
	run -2 --separate-stderr serve_to "$(printf 'x%.0s' {1..128})" <1.frames
	[ "$stderr" = "serve: the name of the client has more than 127 characters" ]
}

@test "a name is kept apart from longer ones, and is fit for a terminal" {
	offers 1 2 3
	take 1 bobby
	take 2 bob
	take 3 $'b\033ob'
	[ "$(json .client_name provider deals show "$(id 3)" --json)" = 'b?ob' ]
	holds
}

@test "limits come from the option, else the environment, else the configuration" {
	offers 1 2
	mkdir config config/retrieval
	export XDG_CONFIG_HOME=$PWD/config
	echo 'max-unpaid = 0' >config/retrieval/config
	take 1 bob
	take 2 bob
	offers 3
	RETRIEVAL_MAX_UNPAID=1 refused 3 "deal $(id 1) was left unpaid: resume it or cancel it before a new one" bob
	RETRIEVAL_MAX_UNPAID=1 take 3 bob --max-unpaid 7
	offers 4
	for key in max-open max-deals; do
		printf '%s\n' "$key = 1" 'max-unpaid = 0' >config/retrieval/config
		run --separate-stderr serve_to carol < <(cat 1.frames 4.frames)
		[[ $stderr != *rejected* ]] # nothing of carol's is open, and deal 1 is not new
		offers 5
		run -5 --separate-stderr serve_to dave$key < <(cat 5.frames 4.frames)
		offers 6
		run --separate-stderr serve_to dave$key -q < <(cat 5.frames 6.frames)
	done
	echo 'max-open = many' >config/retrieval/config
	run -2 --separate-stderr serve_to bob <1.frames
	[ "$stderr" = "serve: 'many', max-open in the configuration, is not a number" ]
}

@test "a connection ends when its time is over: 0 without an open deal, else 5, and nothing is lost" {
	offers 1
	mkfifo up
	exec 8<>up
	run -0 --separate-stderr serve_to '' --max-time 1s --idle 0s <up
	[ "$stderr" = "serve: the time limit of this connection is reached" ]
	cat 1.frames >&8
	RETRIEVAL_MAX_TIME=1s run -5 --separate-stderr serve_to bob <up
	[ "${stderr_lines[1]}" = "serve: bob: the time limit of this connection is reached: stopped; deal $(id 1) can be resumed" ]
	exec 8>&-
	pay 1 bob
	holds
	run -2 --separate-stderr serve_to bob --max-time 5 <1.frames
	[[ $stderr == *"is not a duration"* ]]
}

# free_offer SIZE - content for nothing, and its proposal.
free_offer() {
	make_file free "$1"
	pack -q free -o free.car
	provider offer -q set free.car --price 0 >free.offer
	client propose -q --max-total 0 free.offer -o free.frames
}

@test "a client that does not read can't hold a connection: not beyond its time, nor a signal" {
	free_offer 4M
	mkfifo down
	exec 9<>down
	run -5 --separate-stderr bash -c 'RETRIEVAL_HOME=provider timeout 20 serve -q --max-time 1s <free.frames >down'
	[[ $stderr == "serve: the time limit of this connection is reached: stopped; deal "*" can be resumed" ]]
	exec 9>&-
	exec 9<>down
	RETRIEVAL_HOME=$PWD/provider serve -q <free.frames >down 2>log &
	pid=$!
	head -c 1 <&9 >began
	kill -TERM $pid
	code=0
	wait $pid || code=$?
	[ "$code" = 5 ]
	[[ $(cat log) == "serve: stopped; deal "*" can be resumed" ]]
	exec 9>&-
	exec 9<>down
	run -5 --separate-stderr bash -c 'RETRIEVAL_HOME=provider timeout 20 serve -q --idle 1s <free.frames >down'
	exec 9>&-
	client retrieve -q --max-total 0 --via "RETRIEVAL_HOME=$PWD/provider serve -q" free.offer -o copy.car
	cmp free.car copy.car
	holds
}

@test "a client that reads slowly is not silent" {
	free_offer 6M
	mkfifo up
	exec 8<>up
	cat free.frames >&8
	RETRIEVAL_HOME=$PWD/provider serve -q --idle 2s <up 2>log |
		while head -c 700000 >piece && [ -s piece ]; do
			cat piece >>got
			sleep 0.4 # longer in all than --idle, never as long between two reads
		done
	[ "$(stat -c %s got)" -gt 6000000 ]
	[ "$(json .state provider deals show @ --json)" = DealStatusCompleted ]
}

@test "a deal that is open is told of, also when another one was over last" {
	offers 1
	free_offer 1000
	run -5 --separate-stderr serve_to bob < <(cat 1.frames free.frames)
	[[ $stderr == *"the client went away; deal $(id 1) can be resumed" ]]
}

@test "with too little memory it ends with exit 10, and nothing is lost" {
	[ "$BUILD" = "${BUILD%asan*}" ] || skip "the sanitizer needs its own memory"
	offers 1 2
	take 1 bob
	# a frame of 4 MiB, which is nonsense
	{ printf '\xf0\xff\xff\x01\xa1'; head -c 4194287 /dev/zero; } >large
	run -6 --separate-stderr serve_to bob --max-memory 16MiB <large
	run -10 --separate-stderr serve_to bob --max-memory 8MiB <large
	[ "$stderr" = "serve: bob: out of memory: no more than 8.0 MiB may be used (--max-memory)" ]
	RETRIEVAL_MAX_MEMORY=8MiB run -10 --separate-stderr serve_to bob <large
	run -6 --separate-stderr serve_to bob --max-memory 0 <large
	holds
	pay 1 bob
	take 2 bob --max-memory 16MiB
	run -2 --separate-stderr serve_to bob --max-memory 1MiB <1.frames
	[ "$stderr" = "serve: bob: 1.0 MiB of memory are not enough: at least 8 MiB are needed" ]
}

@test "a message with very many requests takes no more memory than as many messages, and a lone graphsync cancel ends no deal" {
	[ "$BUILD" = "${BUILD%asan*}" ] || skip "the sanitizer needs its own memory"
	offers 1
	take 1 bob
	client deals cancel -q @ -o cancel.frames
	tail -c +"$(($(json -s '.[1].offset' inspect cancel.frames --json) + 1))" cancel.frames >many
	for ((i = 0; i < 15; i++)); do
		cat many many >twice
		mv twice many
	done
	gather <many >one
	[ "$(count inspect one --json)" = 1 ]
	serve_to bob --max-memory 16MiB <one 2>log
	[ ! -s log ]
	[ "$(json .state provider deals show @ --json)" = DealStatusFundsNeeded ]
	holds
}

# got - bytes of the different blocks in the file "answers".
got() {
	inspect --json answers >frames.json
	jq -s '[.[] | .blocks[]? | {cid, size}] | unique_by(.cid) | map(.size | tonumber) | add // 0' frames.json
}

# MONEY 15
@test "a client with a name owes for one interval at once, over all its deals, and what is paid comes off" {
	unset RETRIEVAL_MAX_OWED
	offers 1 2 3
	cat 1.frames 2.frames 3.frames >all
	run -5 --separate-stderr serve_to bob <all
	[ "$(grep -c FundsNeeded <<<"$stderr")" = 1 ]
	pay 1 bob
	run -5 --separate-stderr serve_to bob <2.frames
	[[ $stderr == *FundsNeeded* ]]
	holds
}

# MONEY 15
@test "what is owed for a cancelled deal counts, until it is paid" {
	unset RETRIEVAL_MAX_OWED
	offers 1 2
	take 1 bob
	owed=$(json .unpaid provider deals show "$(id 1)" --json)
	client deals cancel -q "$(id 1)" -o cancel.frames
	run -0 --separate-stderr serve_to bob <cancel.frames
	refused 2 "$owed afil are owed for deals that were left or cancelled: pay for them before a new one" bob
	run -5 --separate-stderr serve_to carol <2.frames
	[[ $stderr == *FundsNeeded* ]]
	holds
}

@test "clients without a name owe together what the provider allows, which twenty honest ones do not come to" {
	unset RETRIEVAL_MAX_OWED
	offers 1 2 3 4 5
	cat 1.frames 2.frames 3.frames >all
	run -5 --separate-stderr serve_to '' <all
	[ "$(grep -c FundsNeeded <<<"$stderr")" = 3 ]
	run -5 --separate-stderr serve_to '' <4.frames
	[[ $stderr == *FundsNeeded* ]]
	owed=$(json .unpaid provider deals show "$(id 1)" --json)
	refused 5 "$((4 * owed)) afil are owed for deals that were left or cancelled: pay for them before a new one" \
		'' --max-owed $((4 * owed))afil
	holds
}

# for_ever FILE - the frames of FILE, four times a second, until nobody takes them.
for_ever() {
	while cat "$1" 2>/dev/null; do
		sleep 0.25 # the time passes that --idle measures
	done
}

# ends_after_idle FILE CODE - a client that begins with begin.frames, and goes on with FILE for ever, is sent away.
ends_after_idle() {
	local started=$EPOCHSECONDS code=0

	timeout 30 bash -c 'RETRIEVAL_HOME=provider exec serve --idle 2s' \
		< <(cat begin.frames && for_ever "$1") >/dev/null 2>log || code=$?
	[ "$code" = "$2" ]
	((EPOCHSECONDS - started < 15))
}

@test "a client that talks for ever and changes nothing is sent away after --idle: pings, cancels, refused and repeated requests" {
	offers 1 2
	client propose -q --max-total 0.1fil 2.offer -o cheap.frames
	provider offer -q set 2.car --price 9afil --interval 200KiB --increase 0 >dear.offer
	client deals cancel -q "$(id 2)" -o 2.cancel
	: >begin.frames
	ends_after_idle 2.frames 0 # a price below the offer
	[[ $(cat log) == *"rejected: price 2 afil per byte is under"* ]]
	ends_after_idle 2.cancel 0 # of a deal that is not there
	cp 1.frames begin.frames
	ends_after_idle 1.frames 5 # the same request: blocks once more are no progress
	[[ $(tail -n 1 log) == "serve: stopped; deal $(id 1) can be resumed" ]]
	tail -c +"$(($(json -s '.[1].offset' inspect 2.cancel --json) + 1))" 2.cancel >graphsync.cancel
	ends_after_idle graphsync.cancel 5
	holds
	pay 1 bob
	: >begin.frames
	ends_after_idle 1.frames 0 # of a deal that is complete, whose blocks are sent as often as they get lost
	holds
}

@test "a client whose deal goes on, or who asks for prices, may take as long as it likes" {
	offers 1
	run -0 client query "$(json -r 'select(.roots) | .roots[0]' inspect --json 1.car)" -o ask.frames
	ask_slowly() {
		for _ in {1..10}; do
			cat ask.frames
			sleep 0.5 # the time passes that --idle measures
		done
	}
	provider timeout 30 serve -q --idle 2s < <(ask_slowly) >answers
	[ "$(count inspect answers --json)" = 10 ]
}

# MONEY 15
@test "deals that were accepted by hand before any of them sent owe together for one interval" {
	unset RETRIEVAL_MAX_OWED
	offers 1 2 3
	cat 1.frames 2.frames 3.frames >all
	provider validate -q --client bob all -o all.answer
	run -3 --separate-stderr provider send-blocks --deal "$(id 1)" -o answers
	owed=$(json .unpaid provider deals show "$(id 1)" --json)
	for n in 2 3; do
		run -8 --separate-stderr provider send-blocks --deal "$(id $n)" -o answers
		[[ $stderr == "send-blocks: deal $(id $n): its client owes $owed afil for other deals, and may owe "*" afil" ]]
		[ "$(json .bytes provider deals show "$(id $n)" --json)" = 0 ]
	done
	run -3 provider send-blocks --deal "$(id 2)" --max-owed $((2 * owed))afil -o answers
	pay 1 bob
	pay 2 bob
	run -3 provider send-blocks --deal "$(id 3)" -o answers
	holds
}
