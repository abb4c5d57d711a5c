#!/usr/bin/env bats
# replay and inspect of a recording that somebody else made: nothing in it is believed, nothing is waited for.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 1000
	offer_file content
	export RETRIEVAL_RECORD=$PWD/rec RETRIEVAL_RECORD_KEYS=1
	begin_deal
	while [ "$(state client)" != DealStatusCompleted ]; do
		one_round || [ $? = 3 ]
	done
	unset RETRIEVAL_RECORD RETRIEVAL_RECORD_KEYS
}

# with FILTER - a copy of the recording, r, whose meta.json went through jq.
with() {
	rm -rf r
	cp -r rec r
	jq "$1" rec/meta.json >r/meta.json
}

@test "a field of meta.json that is not what its name says is no recording, and is named" {
	local filter

	run -0 --separate-stderr timeout 20 replay --check rec
	for filter in '.provider_address = "nobody"' '.provider_address = 7' '.client_address = ""' '.channel = {}' \
		'.clock = "12abc"' '.clock = -1' '.clock = "99999999999999999999"' '.clock = 1.5' '.root = "x"' \
		'.total_funds = "-1"' '.total_funds = "1 fil"' '.content = 1' '.final_client_status = []' \
		'.scenario.size = "12abc"' '.scenario.lane = "0x1"' '.scenario.channel_balance = "-5"' \
		'.scenario.price_per_byte = []' '.scenario.payment_interval = " 5"' '.scenario.no_data = "yes"'; do
		with "$filter"
		run -6 --separate-stderr timeout 20 replay --check r
		[[ $stderr =~ ^replay:\ \'r\'\ is\ not\ a\ recording:\ meta.json:\ \'[a-z_]+\'\ is\ not ]] || { echo "$filter: $stderr" && false; }
	done
}

@test "an address that is missing is said, where it is needed" {
	with 'del(.provider_address)'
	run -6 --separate-stderr timeout 20 replay --check r
	[ "$stderr" = "replay: 'r' is not a recording: meta.json: 'provider_address' is missing" ]
	with 'del(.client_address, .channel, .root, .clock, .total_funds)'
	run --separate-stderr timeout 20 replay --check r
	[ "$status" -lt 7 ]
	[[ $stderr != *crashed* ]]
}

@test "content that is a pipe, a device or a folder is refused at once" {
	local up name

	up=$(printf '%s' "$PWD/r" | sed 's|[^/]*|..|g; s|^\.\./||')
	for name in pipe "$up/dev/zero" "$up/dev/stdin" folder; do
		with ".content = \"$name\""
		rm -f r/content.car
		mkfifo r/pipe
		mkdir r/folder
		run -6 --separate-stderr timeout 20 replay --check r
		[ "$stderr" = "replay: 'r' is not a recording: meta.json: 'content' is not a regular file" ]
		run --separate-stderr timeout 20 inspect --verify r
		[ "$status" -ne 0 ] && [ "$status" -lt 124 ]
	done
}

@test "any other file that is a pipe is refused at once, by replay and inspect" {
	local name

	for name in meta.json frames.jsonl deal.jsonl client.frames provider.frames; do
		with .
		rm "r/$name"
		mkfifo "r/$name"
		run -6 --separate-stderr timeout 20 replay --check r
		[[ $stderr == "replay: 'r' is not a recording: $name: "* ]]
		run --separate-stderr timeout 20 inspect --verify r
		[ "$status" -ne 0 ] && [ "$status" -lt 124 ]
	done
}

@test "a fault at what is no number of a frame is a usage error" {
	local fault

	for fault in drop@12abc drop@ drop@-1 drop@1.5 dup@99999999999999999999 dup@18446744073709551615 'flip@ 1' cut; do
		run -2 --separate-stderr timeout 20 replay --inject "$fault" rec
	done
}

@test "a recording with keys in it is for its owner only" {
	[ "$(stat -c %a rec/meta.json)" = 600 ]
	jq -e '.client_key and .provider_key' rec/meta.json
}
