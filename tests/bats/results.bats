#!/usr/bin/env bats
# --json: what a command did, or why it failed, is one object a line, so that no script has to read words.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 1M
	export SERVE="RETRIEVAL_HOME=$PWD/provider serve -q"
}

# keys FILE - the keys of the one object in FILE, in order, with commas between.
keys() {
	jq -rs 'if length == 1 then .[0] | keys_unsorted | join(",") else "\(length) objects" end' "$1"
}

DEAL='side,state,payload,provider,bytes,blocks,paid'

@test "retrieve prints one object for each content: its deal, what was paid, and where it is" {
	pack -q content -o content.car
	make_file second 200K 7
	pack -q second -o second.car
	provider offer -q set content.car -o content.offer
	provider offer -q set second.car -o second.offer
	client retrieve --json --via "$SERVE" --max-total 0.5fil content.offer second.offer -o cars/ -x files >got 2>said
	[ "$(jq -s 'length' got)" = 2 ]
	while read -r car extracted content paid deal; do
		cmp "${content%.offer}.car" "$car"
		cmp "${content%.offer}" "$extracted"
		[ "$paid" = "$(json .spent client deals show "$deal" --json)" ]
	done < <(jq -r '[.car, .extracted, .content, .paid, .deal] | join(" ")' got)
	[ "$(jq -cs 'map([.tool, .exit, .state, .side, .paid_before]) | unique' got)" = \
		'[["retrieve",0,"DealStatusCompleted","client","0"]]' ]
	[ "$(jq -s 'map(.note) | length' said)" = 0 ] || jq -e '.tool == "retrieve"' said
}

@test "retrieve's result goes to standard error when the data goes to standard output" {
	offer_file content
	client retrieve --json --via "$SERVE" --max-total 0.5fil content.offer -o - >copy.car 2>said
	cmp content.car copy.car
	[ "$(jq -rs 'map(select(.exit != null)) | map("\(.exit) \(.car)") | join(",")' said)" = "0 -" ]
	client retrieve --json --via "$SERVE" --max-total 0.5fil content.offer -x - >copy 2>said
	cmp content copy
	[ "$(jq -rs 'map(select(.exit != null)) | map("\(.exit) \(.extracted)") | join(",")' said)" = "0 -" ]
}

@test "a content that could not be bought has its own exit code and reason, and the others are told apart" {
	offer_file content
	other=$(pack other.txt 2>&1 || true)
	echo other >other.txt
	other=$(pack --json other.txt -o other.car | jq -r .root)
	run -1 --separate-stderr client retrieve --json --via "$SERVE" --max-total 0.5fil content.offer "$other" -o cars/
	[ "$(jq -rs 'map("\(.content) \(.exit) \(.car != null) \(.error != null) \(.deal != null)") | join(",")' <<<"$output")" = \
		"content.offer 0 true false true,$other 1 false true false" ]
	jq -es 'all(.tool == "retrieve")' <<<"$stderr"
	[ "$(jq -rs '.[-1] | "\(.exit) \(.error)"' <<<"$stderr")" = "1 1 of 2 contents are complete" ]
}

@test "each step of a deal says in JSON where the deal stands" {
	pack --json content -o content.car >pack.json
	[ "$(keys pack.json)" = tool,exit,root,size,blocks,bytes ]
	provider offer set --json content.car -o content.offer >offer.json
	provider offer list --json >list.json
	[ "$(jq -c 'del(.tool, .exit)' offer.json)" = "$(jq -c . list.json)" ]
	client propose -n --json --max-total 0.5fil content.offer >plan.json
	[ "$(keys plan.json)" = tool,exit,payload,provider,size,total,dry_run ]
	client propose --json --max-total 0.5fil content.offer -o 1.frames >propose.json
	[ "$(keys propose.json)" = "tool,exit,deal,$DEAL,size,total" ]
	id=$(jq -r .deal propose.json)
	provider validate --json 1.frames -o 2.frames >judged.json
	[ "$(jq -r '"\(.tool) \(.deal) \(.side) \(.state)"' judged.json)" = "validate $id provider DealStatusOngoing" ]
	client validate --json 2.frames >answer.json
	[ "$(jq -r '"\(.deal) \(.side) \(.state)"' answer.json)" = "$id client DealStatusAccepted" ]
	client channel open --deal @ --json >open.json
	[ "$(jq -r .deal open.json)" = "$id" ]
	provider send-blocks --json --deal @ -o 3.frames >sent.json 2>payment.json || [ $? = 3 ]
	[ "$(jq -r '"\(.deal) \(.bytes > 0) \(.unpaid | type)"' sent.json)" = "$id true string" ]
	jq -e .error payment.json
	client receive-blocks --json 3.frames >received.json || [ $? = 3 ]
	[ "$(jq -r '"\(.deal) \(.paid)"' received.json)" = "$id 0" ]
	client make-voucher -n --json --deal @ >due.json
	[ "$(jq -r '"\(.deal) \(.dry_run) \(.paid)"' due.json)" = "$id true 0" ]
	client make-voucher --json --deal @ -o 4.frames >paid.json
	[ "$(jq -r .paid paid.json)" = "$(jq -r .due due.json)" ]
	[ "$(jq -r .paid paid.json)" = "$(json .spent client deals show @ --json)" ]
	client deals cancel --json @ -o cancel.frames >cancelled.json
	[ "$(jq -r '"\(.deal) \(.state)"' cancelled.json)" = "$id DealStatusCancelled" ]
}

@test "a result goes to standard error beside data on standard output, and --quiet leaves it out" {
	pack --json content >content.car 2>pack.json
	[ "$(keys pack.json)" = tool,exit,root,size,blocks,bytes ]
	inspect --verify content.car
	provider offer set --json content.car >content.offer 2>offer.json
	[ "$(jq -r .path offer.json)" = "$PWD/content.car" ]
	client propose -q --json --max-total 0.5fil content.offer >1.frames 2>nothing
	[ ! -s nothing ]
	client propose --json --max-total 0.5fil content.offer >again.frames 2>propose.json
	cmp 1.frames again.frames
	jq -e .deal propose.json
}

@test "what has no result of its own says what it did, and each offer verb has its own" {
	offer_file content
	cid=$(json .payload_cid provider offer list --json)
	[ "$(json '"\(.tool) \(.payload_cid)"' provider offer get --json "$cid" -o got.offer)" = "offer $cid" ]
	mv content.car moved.car
	provider offer move --json "$cid" moved.car >moved.json
	[ "$(jq -r '"\(.payload_cid) \(.path)"' moved.json)" = "$cid $PWD/moved.car" ]
	provider offer remove --json "$cid" >removed.json
	[ "$(jq -r '"\(.payload_cid) \(.removed)"' removed.json)" = "$cid true" ]
	provider settle --json >settled.json
	[ "$(jq -r '"\(.tool) \(.exit) \(.done)"' settled.json)" = "settle 0 there is no channel to settle" ]
}

@test "usage errors are objects too, wherever --json stands" {
	offer_file content
	for call in "propose" "propose --nonsense" "propose content.offer --max-total" "offer" "offer sett x" "deals show" \
		"ledger fund" "retrieve x" "settle --plan --bad" "inspect" "pack" "replay" "keygen extra" "query" \
		"channel open" "make-voucher extra" "send-blocks"; do
		# shellcheck disable=SC2086,SC2046 # words
		run -2 --separate-stderr client ${call%% *} --json $([[ $call != *' '* ]] || echo "${call#* }")
		[ -z "$output" ] || { echo "$call: $output" && false; }
		jq -e --arg tool "${call%% *}" '.tool == $tool and .exit == 2 and (.error | length > 0)' <<<"$stderr" ||
			{ echo "$call: $stderr" && false; }
	done
}

@test "an interrupt is an object with the signal and how to go on, after what became of each content" {
	offer_file content
	mkfifo began
	RETRIEVAL_HOME=$PWD/client RETRIEVAL_KEY=$PWD/client.key retrieve --json --max-total 0.5fil --via "head -c 1 >began; cat >/dev/null" \
		content.offer -o copy.car >got 2>said &
	pid=$!
	cat began >/dev/null # its signals are set up before its first byte
	kill -INT "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" = 130 ]
	[ "$(jq -rs 'map("\(.content) \(.exit != 0) \(.car)") | join(",")' got)" = "content.offer true null" ]
	[ "$(jq -rs '.[-1] | "\(.tool) \(.signal) \(.hint | startswith("retrieve --json "))"' said)" = "retrieve 2 true" ]
}
