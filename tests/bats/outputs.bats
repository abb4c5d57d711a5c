#!/usr/bin/env bats
# An output that cannot be written is refused before anything is stored, signed or paid.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	export RETRIEVAL_MAX_TOTAL=1fil
	SERVE="touch asked; RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key serve -q"
	export SERVE
	mkdir folder
	make_file file 3000
	offer_file file --price 3afil --interval 1KiB --increase 1KiB
	client propose -q --price 4afil content.offer -o new.frames
	begin_deal
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
}

# marks - what the two stores and the ledger hold.
marks() {
	client deals list --json
	client channel list --json
	client channel vouchers -b @ 2>&1
	provider deals list --json
	provider offer list --json
	ledger log
}

# unmoved - nothing happened since the marks were taken into "before".
unmoved() {
	diff before <(marks)
	[ ! -e asked ]
}

# Every call that stores or pays, and then writes: without its output.
calls() {
	cat <<-'END'
		client propose --price 5afil content.offer
		provider validate new.frames
		provider send-blocks --deal @
		client receive-blocks --pay 3.frames
		client make-voucher --deal @
		provider offer set --price 9afil content.car
		client deals cancel @
		provider deals cancel @
	END
}

# Every call that takes in or buys a CAR: without its place.
places() {
	cat <<-'END'
		client receive-blocks 3.frames -o
		client retrieve --via "$SERVE" content.offer -o
		client retrieve --via "$SERVE" content.offer -x
	END
}

@test "binary is refused on a terminal before anything is done" {
	marks >before
	while IFS= read -r call; do
		run -2 --separate-stderr terminal -- bash -c "$(declare -f client provider); $call >/dev/tty"
		[[ $stderr == *": binary output is not for a terminal: use -o FILE, a pipe, or -a"*"hint: "*" -a"* ]]
		run -2 --separate-stderr terminal -- bash -c "$(declare -f client provider); $call -o /dev/tty"
		[[ $stderr == *": binary output is not for a terminal: use -o FILE, a pipe, or -a"* || $call == *--pay* ]]
		unmoved
	done < <(calls)
	while IFS= read -r call; do
		for place in - /dev/tty; do
			[[ "$call $place" != *"-x /dev/tty" ]] || continue # no folder
			run -2 --separate-stderr terminal -- bash -c "$(declare -f client provider); $call $place >/dev/tty"
			[[ $stderr == *": binary output is not for a terminal: use -o FILE or a pipe"* ]]
			[[ $stderr != *hint* ]]
			unmoved
		done
	done < <(places)
	for call in "pack file" "pack -x content.car"; do
		run -2 --separate-stderr terminal -- bash -c "$call >/dev/tty"
		[ "${stderr_lines[0]}" = "pack: binary output is not for a terminal: use -o FILE or a pipe" ]
		[[ $stderr != *hint* ]]
	done
}

@test "a closed output, and a folder that is not there, are refused before anything is done" {
	marks >before
	while IFS= read -r call; do
		run -10 --separate-stderr eval "$call >&-"
		[[ $stderr == *": cannot write 'standard output': Bad file descriptor" ]]
		unmoved
		[[ $call != *--pay* ]] || continue
		run -10 --separate-stderr eval "$call -o no/where"
		[[ $stderr == *": cannot write 'no/where': No such file or directory" ]]
		run -10 --separate-stderr eval "$call -o folder"
		[[ $stderr == *": cannot write 'folder': Is a directory" ]]
		unmoved
	done < <(calls)
	while IFS= read -r call; do
		run -10 --separate-stderr eval "$call - >&-"
		[[ $stderr == *": cannot write '-': Bad file descriptor" ]]
		unmoved
		[[ $call != *-x ]] || continue
		run -10 --separate-stderr eval "$call no/where"
		[[ $stderr == *": cannot write 'no/where': No such file or directory" ]]
		unmoved
	done < <(places)
}

@test "the text form goes to a terminal" {
	run -0 --separate-stderr terminal -- bash -c "$(declare -f client); client propose -q -a --price 4afil content.offer >/dev/tty"
	[ "${stderr_lines[0]}" = "$(base64url new.frames)"$'\r' ]
}

@test "a voucher in its text form goes to a terminal, and to the file that -o names" {
	client receive-blocks -q 3.frames || [ $? = 3 ]
	run -0 --separate-stderr client make-voucher -p --deal @ -o voucher
	[ -z "$output" ]
	[ "$(client make-voucher -qp --deal @)" = "$(<voucher)" ]
	run -0 --separate-stderr terminal -- bash -c "$(declare -f client); client make-voucher -qp --deal @ >/dev/tty"
	[ "${stderr_lines[0]}" = "$(<voucher)"$'\r' ]
}

@test "an answer that is not needed needs no output: a terminal may show what validate says" {
	run -0 --separate-stderr terminal -- bash -c "$(declare -f client); client validate 2.frames >/dev/tty"
	[[ $stderr != *binary* ]]
	client deals cancel -q @ -o cancel.frames
	run --separate-stderr terminal -- bash -c "$(declare -f provider); provider validate cancel.frames >/dev/tty"
	[[ $stderr != *binary* ]]
}

@test "frames are not read from a terminal, whatever name it has" {
	for name in - /dev/tty; do
		for call in "provider validate" "provider send-blocks -o out" "client receive-blocks" "query --answers"; do
			run -2 --separate-stderr terminal -- bash -c "$(declare -f client provider); $call $name </dev/tty"
			[[ $stderr == *": frames are expected "*", which is a terminal"* ]]
		done
	done
	[ ! -e out ]
}
