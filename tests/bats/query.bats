#!/usr/bin/env bats
# query: a question and its answers cost nothing, the cheapest comes first, and the best is an offer.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	VECTORS=$BATS_TEST_DIRNAME/../data/vectors/codec/deal-types.json
	make_file content 3M
	offer_file content
	CID=$(inspect --json content.offer | jq -r .payload_cid)
	SIZE=$(inspect --json content.offer | jq -r .size)
	query "$CID" -o ask
}

# answer_of OPTION... - what the provider answers when it offers the content on these terms.
answer_of() {
	provider offer -q set content.car "$@" >/dev/null
	provider validate ask
}

# frame HEX - these bytes as a frame.
frame() {
	local len=$((${#1} / 2))

	if [ "$len" -lt 128 ]; then
		printf '%02x%s' "$len" "$1"
	else
		printf '%02x%02x%s' $((len % 128 + 128)) $((len / 128)) "$1"
	fi | xxd -r -p
}

# sums - checksums of both stores.
sums() {
	find . \( -path './client/*' -o -path './provider/*' \) -type f ! -name lock.mdb -exec sha256sum {} + | sort
}

@test "a query is a frame with the recorded bytes" {
	jq -r '.[] | select(.type == "Query" and .fields.PieceCID == null and .fields.Selector == null)
		| .cbor + " " + .fields.PayloadCID' "$VECTORS" >rows
	[ "$(wc -l <rows)" = 3 ]
	while read -r cbor cid; do
		query "$cid" | cmp - <(frame "$cbor")
	done <rows
}

@test "inspect shows a query and its answer" {
	run -0 --separate-stderr inspect --verify --json ask
	[ "$(jq -c '[.kind, .message.payload_cid, .message.query_params]' <<<"$output")" = \
		"[\"query\",\"$CID\",{\"piece_cid\":null,\"selector\":null}]" ]
	answer_of >a
	run -0 --separate-stderr inspect --verify --json a
	[ "$(jq -c '[.kind, .message.status, .message.size, .message.payment_address]' <<<"$output")" = \
		"[\"query-response\",\"available\",$SIZE,\"$PROVIDER\"]" ]
	answer_of --price 3afil >b
	run -1 --separate-stderr inspect --diff a b
	[ "${lines[0]}" = 'frame 1 at byte 0: message.min_price_per_byte: "2" / "3"' ]
	[[ ${lines[1]} == 'frame 1 at byte 0: message.signed.signature: '* ]]
	tail -c +3 a >bare # without its length it is the same message
	run -0 --separate-stderr inspect --json bare
	[ "$(jq -c '[.kind, .query_response.status]' <<<"$output")" = '["message","available"]' ]
}

@test "-a makes one line of text, which is read as the same" {
	run -0 --separate-stderr query -a "$CID"
	[ -z "$stderr" ]
	[[ $output =~ ^[A-Za-z0-9_-]+$ ]]
	provider validate <<<"$output" | cmp - <(provider validate ask)
	provider validate -a ask >a.text
	run -0 --separate-stderr query --answers a.text
	[[ $output == "a.text  "* ]]
}

@test "binary is refused on a terminal" {
	command -v script || skip "no script(1)"
	run script -qec "query $CID" /dev/null
	[[ $output == *"binary output is not for a terminal"* ]]
	answer_of >a
	run script -qec "query --to-offer $CID a" /dev/null
	[[ $output == *"binary output is not for a terminal"* ]]
	run script -qec "query --answers" /dev/null
	[[ $output == *"standard input, which is a terminal"* ]]
}

@test "validate answers with the offer's terms, as often as it is asked, and writes nothing" {
	provider offer -q set content.car --price 3afil --unseal 70afil --interval 2MiB --increase 5KiB >content.offer
	before=$(sums)
	run -0 --separate-stderr provider validate ask -o a
	[ -z "$stderr" ]
	provider validate ask | cmp - a
	[ "$(sums)" = "$before" ]
	diff <(json -S '.message | del(.status, .piece_cid_found, .message)' inspect --json a) \
		<(json -S 'del(.thing, .kind, .id, .peer_addr, .payload_cid, .cost)' inspect --json content.offer)
	run -0 provider deals list
	[ -z "$output" ]
}

@test "what is not offered, gone or changed is unavailable, with a reason, and exit 1" {
	query bafkqaaa -o other
	run -1 --separate-stderr provider validate other -o a
	[ "$stderr" = "validate: bafkqaaa: no offer for this content" ]
	run -1 --separate-stderr query --answers a
	[ "$output" = "a  unavailable: no offer for this content" ]
	[ "$stderr" = "query: 'a': unavailable: no offer for this content" ]
	echo >>content.car
	run -1 --separate-stderr provider validate ask -o b
	[ "$stderr" = "validate: $CID: the content is not here" ]
	rm content.car
	provider validate -q ask -o c || [ $? = 1 ]
	cmp b c
	run -1 --separate-stderr query --answers --json c
	[ "$(jq -c '[.source, .status, .reason, .cost]' <<<"$output")" = \
		'["c","unavailable","unavailable: the content is not here",null]' ]
}

@test "a query for a selector or a piece gets an error with a reason" {
	jq -r '.[] | select(.type == "Query" and (.fields.Selector | IN("entries", "hamt", "key:report.pdf"))) | .cbor' "$VECTORS" >rows
	[ "$(wc -l <rows)" = 6 ]
	while read -r cbor; do
		frame "$cbor" >odd
		run -1 --separate-stderr provider validate odd -o a
		[[ $stderr == *": selector is not supported" ]]
		run -1 --separate-stderr query --answers a
		[ "$output" = "a  error: selector is not supported" ]
	done <rows
	frame "$(jq -r '[.[] | select(.type == "Query" and .fields.PieceCID != null and .fields.Selector == null)][0].cbor' "$VECTORS")" >piece
	run -1 --separate-stderr provider validate piece -o a
	run -1 --separate-stderr query --answers a
	[ "$output" = "a  error: pieces are not known here" ]
}

@test "serve answers queries and goes on, whatever it is asked" {
	query bafkqaaa -o other
	before=$(sums)
	cat ask other ask >asked
	run -0 --separate-stderr bash -c 'RETRIEVAL_HOME=$PWD/provider serve <asked >answers'
	[ -z "$stderr" ]
	[ "$(sums)" = "$before" ]
	[ "$(json -rs 'map(.message.status) | join(" ")' inspect --json answers)" = "available unavailable available" ]
}

@test "a query in the middle of a deal is answered there, and the deal goes on" {
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	cat ask 1.frames ask >asked
	run -5 --separate-stderr bash -c 'RETRIEVAL_HOME=$PWD/provider serve -q <asked >answers'
	inspect --json answers | jq -r .kind | uniq >kinds
	[ "$(cat kinds)" = $'query-response\ngraphsync\nquery-response' ]
	client retrieve -q --max-total 0.5fil --via "RETRIEVAL_HOME=$PWD/provider serve -q" content.offer -o copy.car
	cmp content.car copy.car
}

@test "answers are ranked by the whole cost, with units; those that are none come last" {
	answer_of --price 3afil >three
	answer_of --price 2afil --unseal 1fil >sealed
	answer_of --price 2afil >two
	answer_of --price 0 >free
	provider offer -q remove "$CID"
	provider validate -q ask -o gone || [ $? = 1 ]
	run -0 --separate-stderr query --answers gone three sealed two free
	[ -z "$stderr" ]
	[ "${lines[0]}" = "free  0 fil  3.0 MiB  0 fil per byte  $PROVIDER" ]
	[ "${lines[1]}" = "two  $((2 * SIZE)) afil  3.0 MiB  2 afil per byte  $PROVIDER" ]
	[ "${lines[2]}" = "three  $((3 * SIZE)) afil  3.0 MiB  3 afil per byte  $PROVIDER" ]
	[ "${lines[3]}" = "sealed  $((10 ** 18 + 2 * SIZE)) afil  3.0 MiB  2 afil per byte and 1 fil up front  $PROVIDER" ]
	[ "${lines[4]}" = "gone  unavailable: no offer for this content" ]
	[ "${#lines[@]}" = 5 ]
	run -0 --separate-stderr query --answers --json gone three sealed two free
	[ "$(jq -rs 'map(.source) | join(" ")' <<<"$output")" = "free two three sealed gone" ]
	[ "$(jq -c '[.cost, .min_price_per_byte, .unseal_price, .size]' <<<"${lines[3]}")" = \
		"[\"$((10 ** 18 + 2 * SIZE))\",\"2\",\"1000000000000000000\",$SIZE]" ]
	# answers that cost the same stay in the order in which they were given
	[ "$(json -rs 'map(.source) | join(" ")' query --answers --json two three two)" = "two two three" ]
	cat three two >both
	[ "$(json -rs 'map(.source + .min_price_per_byte) | join(" ")' query --answers --json <both)" = "-2 -3" ]
}

@test "--size ranks by the cost of so many bytes" {
	answer_of --price 2afil --unseal 1000afil >sealed
	answer_of --price 3afil >three
	[ "$(json -rs 'map(.source) | join(" ")' query --answers --json sealed three)" = "sealed three" ]
	run -0 --separate-stderr query --answers --size 999B sealed three
	[ "${lines[0]}" = "three  2997 afil  3.0 MiB  3 afil per byte  $PROVIDER" ]
	run -0 --separate-stderr query --to-offer "$CID" --size 999B sealed three -o x.offer
	[ "$stderr" = "query: the offer of 'three': 3.0 MiB, 2997 afil in all" ]
	[ "$(json .size inspect --json x.offer)" = "$SIZE" ]
}

@test "the recorded answers are ranked, those with status 0 first" {
	jq -r '.[] | select(.type == "QueryResponse") | .cbor' "$VECTORS" >rows
	while read -r cbor; do
		frame "$cbor"
	done <rows >recorded
	run -0 --separate-stderr query --answers --json recorded
	[ "${#lines[@]}" = "$(wc -l <rows)" ]
	[ "$(jq -r .status <<<"${lines[0]}")" = available ]
	jq -r 'select(.status == "available") | .cost' <<<"$output" >costs
	awk '{ printf "%99s\n", $1 }' costs | sort | tr -d ' ' >sorted
	cmp costs sorted
	[ "$(jq -s '[.[] | .status == "available"] | index(false)' <<<"$output")" = \
		"$(jq '[.[] | select(.type == "QueryResponse" and .fields.Status == 0)] | length' "$VECTORS")" ]
}

@test "an answer becomes the offer that the provider would have sent" {
	query "$CID" | RETRIEVAL_HOME=$PWD/provider serve | query -q --to-offer "$CID" >x.offer
	diff <(json 'del(.thing, .id)' inspect --json x.offer) <(json 'del(.thing, .id)' inspect --json content.offer)
	run -0 --separate-stderr query -a --to-offer "$CID" <(provider validate ask)
	[[ $stderr == "query: the offer of '/dev/fd/"*"': 3.0 MiB, $((2 * SIZE)) afil in all" ]]
	[[ $output =~ ^[A-Za-z0-9_-]+$ ]]
	cmp x.offer <(basenc -d --base64url <<<"$output====" 2>/dev/null)
	client propose -q --max-total 0.5fil x.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	client deals cancel -q @ -o /dev/null
	client retrieve -q --max-total 0.5fil --via "RETRIEVAL_HOME=$PWD/provider serve -q" x.offer -o copy.car
	cmp content.car copy.car
}

@test "the best of several becomes the offer" {
	answer_of --price 3afil >three
	answer_of --price 2afil >two
	query bafkqaaa | provider validate -q - -o gone || [ $? = 1 ]
	run -0 --separate-stderr query --to-offer "$CID" gone three two -o x.offer
	[ "$stderr" = "query: the offer of 'two': 3.0 MiB, $((2 * SIZE)) afil in all" ]
	[ "$(json .min_price_per_byte inspect --json x.offer)" = 2 ]
}

@test "where nobody has the content there is no offer, and exit 1" {
	query bafkqaaa | provider validate -q - -o gone || [ $? = 1 ]
	run -1 --separate-stderr query --to-offer "$CID" gone -o x.offer
	[ "$stderr" = "query: 'gone': unavailable: no offer for this content" ]
	[ ! -e x.offer ]
	run -1 --separate-stderr query --to-offer "$CID" gone gone -o x.offer
	[ "$stderr" = "query: none of 2 answers is an offer" ]
	[ ! -e x.offer ]
	run -1 --separate-stderr query --answers gone gone
	[ "${#lines[@]}" = 2 ]
}

@test "what is no answer is malformed, and a stream that ends early says so" {
	answer_of >a
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	printf '\0' >zero
	head -c 50 a >cut
	: >empty
	for file in ask 1.frames 2.frames; do
		run -6 --separate-stderr query --answers "$file"
		[ "$stderr" = "query: '$file' holds a frame that is no answer to a query" ]
		[ -z "$output" ]
	done
	run -6 --separate-stderr query --to-offer "$CID" zero -o x.offer
	[ "${stderr_lines[0]}" = "query: frame 0 of 'zero' (offset 0): not a frame" ]
	[ "${stderr_lines[1]}" = "query: hint: inspect zero" ]
	run -5 --separate-stderr query --to-offer "$CID" cut -o x.offer
	[ "${stderr_lines[0]}" = "query: frame 0 of 'cut' (offset 0): stream ends inside a frame" ]
	run -5 --separate-stderr query --answers empty
	[ "$stderr" = "query: 'empty' is empty: there is no frame in it" ]
	run -10 --separate-stderr query --answers a /does/not/exist
	[ "$stderr" = "query: cannot read '/does/not/exist': No such file or directory" ]
	[ -z "$output" ]
	[ ! -e x.offer ]
}

@test "terms without a sense are malformed" {
	hex=$(answer_of --interval 1MiB | tail -c +3 | xxd -p -c 0)
	frame "${hex/1a00100000/1a00000000}" >not-minimal
	frame "${hex/724d61785061796d656e74496e74657276616c1a00100000/724d61785061796d656e74496e74657276616c00}" >no-interval
	frame "${hex/420002/420102}" >negative
	frame "${hex/6653746174757300/6653746174757303}" >status
	run -6 --separate-stderr query --answers not-minimal
	[[ ${stderr_lines[0]} == *"integer is not in its shortest form" ]]
	for file in no-interval negative; do
		run -6 --separate-stderr query --answers "$file"
		[ "$stderr" = "query: '$file': the terms make no sense" ]
	done
	run -6 --separate-stderr query --to-offer "$CID" status -o x.offer
	[ "$stderr" = "query: 'status': status 3 means nothing" ]
	[ ! -e x.offer ]
}

@test "what one provider did wrong does not hide the others" {
	answer_of >a
	: >empty
	printf '\0' >zero
	run -0 --separate-stderr query --answers empty a zero
	[ "$output" = "a  $((2 * SIZE)) afil  3.0 MiB  2 afil per byte  $PROVIDER" ]
	[ "${stderr_lines[0]}" = "query: 'empty' is empty: there is no frame in it" ]
	[ "${stderr_lines[1]}" = "query: frame 0 of 'zero' (offset 0): not a frame" ]
	run -0 --separate-stderr query --to-offer "$CID" empty a zero -o x.offer
	[ -s x.offer ]
	run -5 --separate-stderr query --answers empty zero
	[ "${stderr_lines[2]}" = "query: hint: inspect zero" ]
	[ "${stderr_lines[-1]}" = "query: none of the files holds an answer" ]
	query bafkqaaa | provider validate -q - -o gone || [ $? = 1 ]
	run -6 --separate-stderr query --answers zero gone
	[ "$output" = "gone  unavailable: no offer for this content" ]
}

@test "a reason from a stranger cannot steer the terminal" {
	query bafkqaaa | provider validate -q - -o gone || [ $? = 1 ]
	hex=$(tail -c +3 gone | xxd -p -c 0)
	words=$(printf 'no offer' | xxd -p)
	escapes=$(printf '\033[2J\r\n\033c' | xxd -p)
	frame "${hex/$words/$escapes}" >steering
	run -1 --separate-stderr query --answers steering
	[ "$output" = "steering  unavailable: ?[2J???c for this content" ]
	run -1 --separate-stderr query --answers --json steering
	[ "$(jq -r .message <<<"$output")" = "?[2J???c for this content" ]
}

@test "an answer is of no deal: no other tool takes it, and says what does" {
	answer_of >a
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	for command in "client validate a" "client receive-blocks a" "provider validate a"; do
		# shellcheck disable=SC2086 # the words of a command
		run -6 --separate-stderr $command
		[[ ${stderr_lines[0]} == *": a query, or the answer to one, belongs to no deal" ]]
		[[ ${stderr_lines[1]} == *": hint: query --answers" ]]
	done
	run -6 --separate-stderr bash -c 'RETRIEVAL_HOME=$PWD/provider serve <a'
	[ "$stderr" = "serve: a provider's answer came where a client's request is expected" ]
	run -1 --separate-stderr provider send-blocks ask -o b
	[ "$stderr" = "send-blocks: no frame belongs to a deal: nothing is sent" ]
	cmp a b
}

@test "a query is not recorded with a deal" {
	export RETRIEVAL_RECORD=$PWD/recorded RETRIEVAL_RECORD_KEYS=1
	query "$CID" -o again
	cmp again ask
	[ ! -e recorded ]
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	cat ask 1.frames ask >asked
	provider validate -q asked -o answers
	[ "$(json -rs 'map(.kind) | join(" ")' inspect --json recorded/client.frames recorded/provider.frames)" = "graphsync graphsync" ]
	[ "$(wc -l <recorded/frames.jsonl)" = 2 ]
	export RETRIEVAL_RECORD=$PWD/whole
	query --answers <(RETRIEVAL_HOME=$PWD/provider serve <ask)
	client retrieve -q --max-total 0.4fil --via "RETRIEVAL_HOME=$PWD/provider serve -q" content.offer -o copy.car
	unset RETRIEVAL_RECORD
	run -0 --separate-stderr replay --check whole
	run -0 --separate-stderr inspect --verify whole
}

@test "a full disk is not success" {
	[ -e /dev/full ] || skip "no /dev/full"
	answer_of >a
	for call in "$CID" "-a $CID" "--answers a" "--answers --json a" "--to-offer $CID a"; do
		code=0
		# shellcheck disable=SC2086 # the words of a call
		query $call >/dev/full 2>err || code=$?
		[ "$code" = 10 ] || { echo "$call: exit $code: $(cat err)" && false; }
		grep -q "cannot write the output: No space left on device" err
	done
}

@test "neither a store nor a key is needed to ask and to compare" {
	answer_of >a
	export RETRIEVAL_HOME=$PWD/nowhere RETRIEVAL_KEY=$PWD/no.key RETRIEVAL_LEDGER=$PWD/none
	query "$CID" -o again
	query -q --to-offer "$CID" a -o x.offer
	run -0 --separate-stderr query --answers a
	[ ! -e nowhere ] && [ ! -e none ]
}

# with_message TEXT - an answer on the terms of the answer in a, with that message.
with_message() {
	local body text

	# all terms stand in front of the message, but for the price of unsealing: 6b, its name, and an amount of 0
	body=$(xxd -p -c 100000 a)
	body=${body#*a966}
	body=a966${body%%674d657373616765*}
	text=$(xxd -p -c 100000 <(printf %s "$1"))
	frame "${body}674d657373616765$(printf '79%04x' ${#1})${text}6b556e7365616c507269636540"
}

# proof_of FILE - the message of an answer that brings the signature of that offer.
proof_of() {
	local at

	at=$(grep -abo dbody "$1")
	tail -c +"${at%%:*}" "$1" >proof
	at=$(basenc --base64url -w 0 proof)
	printf %s "signed-offer:${at%%=*}"
}

@test "an answer brings the signed offer, and whoever changed it is found out" {
	provider offer -q set content.car >content.offer
	RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/none serve <ask >a
	[ "$(json .message.signed.signer inspect --json a)" = "$PROVIDER" ]
	query -q --to-offer "$CID" a -o x.offer
	cmp x.offer content.offer
	message=$(proof_of x.offer)
	with_message "$message" >again
	cmp again a
	with_message "${message%???}AAA" >forged
	run -7 --separate-stderr query --answers forged
	[[ $stderr == "query: 'forged': the answer's signed offer: the signature is not one of $PROVIDER" ]]
	provider offer -q set content.car --price 3afil >dear.offer
	provider validate -q ask -o b
	with_message "$(proof_of dear.offer)" >mixed
	run -7 --separate-stderr query --to-offer "$CID" mixed -o y.offer
	[[ $stderr == "query: 'mixed': the answer's signed offer is not one of these terms: a part that belongs to something else" ]]
	[ ! -e y.offer ]
	run -7 --separate-stderr query --to-offer bafkqaaa a -o y.offer
	[[ $stderr == "query: 'a': the signed offer is for $CID, not for bafkqaaa" ]]
	printf -v words %0300d 0
	with_message "$words" >unsigned
	run -0 --separate-stderr query --to-offer bafkqaaa -q a unsigned -o z.offer
	[[ $stderr == "query: 'a': the signed offer is for $CID, not for bafkqaaa" ]]
	[ "$(json .payload_cid inspect --json z.offer)" = bafkqaaa ]
	run -0 --separate-stderr query --to-offer "$CID" -q forged b -o y.offer # the answers of others count
	[[ $stderr == "query: 'forged': the answer's signed offer: the signature is not one of $PROVIDER" ]]
	cmp y.offer dear.offer
}

@test "an answer to a client that asks retrieve is checked too" {
	provider offer -q set content.car >content.offer
	provider validate -q ask -o a
	printf -v zeros %0400d 0
	with_message "signed-offer:${zeros//0/A}" >forged
	run -6 --separate-stderr client retrieve -q --max-total 0.5fil --via 'cat forged; cat >/dev/null' "$CID" -o out.car
	[[ $stderr == *"the answer's signed offer is not one of these terms"* ]]
	[ ! -e out.car ]
}
