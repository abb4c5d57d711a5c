#!/usr/bin/env bats
# make-voucher: what is due is paid once, within the ceiling, and never by the provider's word.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 5M
	offer_file content
}

# to_pause - a deal with something due.
to_pause() {
	begin_deal
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	client receive-blocks -q 3.frames -o copy.car || [ $? = 3 ]
}

@test "it pays for the interval, not for the block that went beyond it" {
	to_pause
	run -0 --separate-stderr client make-voucher -a --deal @
	[[ $stderr =~ ^make-voucher:\ deal\ [0-9]+:\ paid\ 2097152\ afil\ so\ far\ \(nonce\ 1\)$ ]]
	[[ $output =~ ^[A-Za-z0-9_-]+$ ]]
}

@test "run again, it prints the same voucher and signs nothing" {
	to_pause
	client make-voucher -q --deal @ -o one
	client make-voucher -q --deal @ -o two
	cmp one two
	channel=$(json .channel client deals show @ --json)
	run -0 client channel vouchers "$channel" --json
	[ "${#lines[@]}" = 1 ]
}

@test "two at once sign one voucher" {
	to_pause
	client make-voucher -q --deal @ -o one &
	client make-voucher -q --deal @ -o two &
	wait
	cmp one two
}

@test "before anything is due it says so with exit 1" {
	begin_deal
	run -1 --separate-stderr client make-voucher -a --deal @
	[[ $stderr == *"nothing is due yet"* ]]
	[ -z "$output" ]
}

@test "without a channel it names the command that opens one" {
	client propose -q --max-total 1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	client receive-blocks -q 3.frames || [ $? = 3 ]
	run -8 --separate-stderr client make-voucher -a --deal @
	[[ ${stderr_lines[1]} =~ ^make-voucher:\ hint:\ channel\ open\ --deal\ [0-9]+$ ]]
	client channel -q open --deal @
	run -0 --separate-stderr client make-voucher -a --deal @
}

@test "a hint can be pasted: it names the places that the options of the call have named" {
	local places=(--home "the client's" --ledger "$PWD/the ledger" --key client.key)

	mv ledger "the ledger"
	unset RETRIEVAL_LEDGER
	propose -q "${places[@]}" --max-total 0.5fil content.offer -o 1.frames
	run -2 --separate-stderr settle --home "the client's" --ledger "no ledger" --key client.key
	[ "${stderr_lines[1]}" = "settle: hint: ledger init --ledger 'no ledger'" ]
	RETRIEVAL_LEDGER="$PWD/the ledger" provider validate -q 1.frames -o 2.frames
	validate -q "${places[@]}" 2.frames
	RETRIEVAL_LEDGER="$PWD/the ledger" provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	receive-blocks -q --home "the client's" 3.frames || [ $? = 3 ]
	run -8 --separate-stderr make-voucher "${places[@]}" --deal @
	[[ ${stderr_lines[1]} == "make-voucher: hint: channel open --deal "*" --home 'the client'\\''s' --ledger '$PWD/the ledger' --key client.key" ]]
	eval "${stderr_lines[1]#make-voucher: hint: }"
	make-voucher -q "${places[@]}" --deal @ -o 4.frames
}

@test "a hint names a file as one word of a shell" {
	echo noise >"it's noise"
	run -6 --separate-stderr client propose --max-total 1fil "it's noise"
	hint=${stderr_lines[1]#propose: hint: }
	[ "$hint" = "inspect 'it'\\''s noise'" ]
	run -0 eval "$hint"
	[[ ${lines[0]} == *"it's noise"* ]]
}

# MONEY 8
@test "it never signs above a ceiling" {
	to_pause
	run -1 --separate-stderr client make-voucher -a --max-total 2000000afil --deal @
	[[ $stderr == "make-voucher: owed 2097152 afil is above the ceiling of 2000000 afil" ]]
	RETRIEVAL_MAX_TOTAL=1afil run -1 --separate-stderr client make-voucher -a --deal @
	run -0 --separate-stderr client make-voucher -a --deal @
}

@test "another key can't pay from this channel" {
	to_pause
	run -8 --separate-stderr client make-voucher -a --key provider.key --deal @
	[[ $stderr == *"our key is not the payer"* ]]
}

@test "-n says what would be paid, and signs nothing" {
	to_pause
	run -0 --separate-stderr client make-voucher -n --deal @
	[[ $stderr == *"would sign 2097152 afil in all, 0 afil are signed" ]]
	[ "$(json .spent client deals show @ --json)" = 0 ]
}

@test "--print gives the voucher alone, as Lotus prints it" {
	to_pause
	run -0 --separate-stderr client make-voucher --print --deal @
	text=$output
	run -0 client inspect --json "$text"
	[ "$(jq -r .amount <<<"$output")" = 2097152 ]
}

@test "a voucher whose output is lost is not lost" {
	to_pause
	run -10 bash -c 'RETRIEVAL_HOME=$PWD/client RETRIEVAL_KEY=$PWD/client.key make-voucher --deal @ >/dev/full'
	[ "$(json .spent client deals show @ --json)" = 2097152 ]
	client make-voucher -q --deal @ -o 4.frames
	run -0 provider validate 4.frames -o 5.frames
}

# MONEY 10
@test "killed at any moment, it has signed once or not at all" {
	to_pause
	for delay in 0.0005 0.001 0.002 0.003 0.005 0.01; do
		timeout -s KILL "$delay" env RETRIEVAL_HOME="$PWD/client" RETRIEVAL_KEY="$PWD/client.key" make-voucher -q --deal @ -o killed || true
	done
	client make-voucher -q --deal @ -o 4.frames
	[ "$(json .spent client deals show @ --json)" = 2097152 ]
	run -0 provider validate 4.frames -o 5.frames
}

# MONEY 3
@test "a cancelled deal is paid for all that was verified under it, by the same voucher each time" {
	to_pause
	client deals cancel -q @ -o cancel.frames
	provider validate -q cancel.frames || true
	received=$(client deals show @ --json | jq .bytes)
	[ "$(json .next client deals show @ --json)" = "make-voucher --deal $(json .id client deals show @ --json) -o payment.frames" ]
	run -0 --separate-stderr client make-voucher --deal @ -o one
	[[ $stderr =~ ^make-voucher:\ deal\ [0-9]+:\ paid\ $((2 * received))\ afil\ so\ far\ \(nonce\ 1\)$ ]]
	[ "$(state client)" = DealStatusCancelled ]
	client make-voucher -q --deal @ -o two
	cmp one two
	provider validate -q one -o answer || true
	[ "$(json .received provider deals show @ --json)" = "$((2 * received))" ]
	[ "$(json .next client deals show @ --json)" = "" ]
	run -0 inspect --verify client
	run -0 inspect --verify provider
}

@test "a cancelled deal is not paid above its ceiling, nor where nothing is owed" {
	begin_deal
	client deals cancel -q @ -o cancel.frames
	run -8 --separate-stderr client make-voucher --deal @ -o one
	[[ $stderr == *"nothing is owed for it"* ]]
	to_pause
	client deals cancel -q @ -o cancel.frames
	run -1 --separate-stderr client make-voucher --deal @ --max-total 100afil -o one
	[[ $stderr == *"above the ceiling of 100 afil"* ]]
	[ ! -s one ]
	run -0 inspect --verify client
}

@test "a cancelled deal is not paid on another ledger, and what is owed stays" {
	to_pause
	client deals cancel -q @ -o cancel.frames
	cp -a ledger kept
	rm -rf ledger
	ledger init -q --manual
	run --separate-stderr client make-voucher --deal @ -o one
	[ "$status" != 0 ]
	rm -rf ledger
	mv kept ledger
	run -0 client make-voucher -q --deal @ -o one
}
