#!/usr/bin/env bats
# inspect: say what a file, a stream or a string is.

load common

setup() {
	common_setup
	VECTORS=$BATS_TEST_DIRNAME/../data/vectors/deals
	PAID=$VECTORS/paid
	CODEC=$BATS_TEST_DIRNAME/../data/vectors/codec
}

# kind THING... - what inspect says it is.
kind() {
	inspect --json "$@" | jq -r .kind
}

@test "a stream of frames gets one line for each frame" {
	run --separate-stderr inspect "$PAID/client.frames"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${#lines[@]}" -eq 5 ]
	[[ ${lines[0]} == "frame=1 offset=0 length=696 bytes kind=graphsync "*"proposal={"*"price_per_byte=2 afil"* ]]
	[[ ${lines[1]} == "frame=2 offset=698 length=299 bytes kind=transfer "*"amount=8000 afil"* ]]
}

@test "the messages in a stream are decoded: states by name, amounts, who signed" {
	inspect --json "$PAID/client.frames" >client.json
	[ "$(jq -s -r 'map(.message.request.payment.payment_voucher.amount | values) | join(" ")' client.json)" = \
		"8000 18000 30000 34540" ]
	[ "$(jq -s -r '.[1].message.request.payment.payment_voucher.signer' client.json)" = "$(jq -r .client_address "$PAID/meta.json")" ]
	inspect --json "$PAID/provider.frames" >provider.json
	[ "$(jq -s -r '[.. | .deal_response? | .status? // empty] | unique | join(" ")' provider.json)" = \
		"DealStatusAccepted DealStatusCompleted DealStatusFundsNeeded DealStatusFundsNeededLastPayment" ]
}

@test "every recorded stream and CAR verifies" {
	for deal in "$VECTORS"/*; do
		for file in client.frames provider.frames content.car; do
			[ -s "$deal/$file" ] || continue
			run --separate-stderr inspect --verify "$deal/$file"
			[ "$status" -eq 0 ]
			[ -z "$stderr" ]
		done
	done
}

@test "the text form of a stream says the same as the binary one" {
	inspect "$PAID/client.frames" >binary
	basenc --base64url -w 0 "$PAID/client.frames" | tr -d = >client.text
	inspect client.text >text
	cmp binary text
	inspect "$(cat client.text)" >string
	cmp binary string
}

@test "standard input is a thing too, from a pipe or a file" {
	inspect "$PAID/client.frames" >file
	inspect - <"$PAID/client.frames" >redirected
	cmp file redirected
	run -0 --separate-stderr inspect - < <(cat "$PAID/client.frames")
	[ "$output" = "$(cat file)" ]
}

@test "a flipped bit in a block is found by --verify only, and is an integrity failure" {
	cp "$PAID/provider.frames" bad.frames
	printf X | dd of=bad.frames bs=1 seek=1600 conv=notrunc status=none
	run --separate-stderr inspect bad.frames
	[ "$status" -eq 0 ]
	run --separate-stderr inspect --verify bad.frames
	[ "$status" -eq 7 ]
	[[ $stderr == "inspect: frame 2: block 1 is bafkrei"*", which the frame does not announce" ]]
}

@test "a stream that is cut off or damaged is malformed, at a frame and a byte" {
	head -c 900 "$PAID/client.frames" >cut.frames
	run --separate-stderr inspect cut.frames
	[ "$status" -eq 6 ]
	[ "${#lines[@]}" -eq 1 ]
	[ "$stderr" = "inspect: 'cut.frames': frame 2, at byte 698: stream ends inside a frame" ]
	cp "$PAID/client.frames" bad.frames
	printf '\xff' | dd of=bad.frames bs=1 seek=712 conv=notrunc status=none
	run --separate-stderr inspect bad.frames
	[ "$status" -eq 6 ]
	[[ $stderr == "inspect: 'bad.frames': frame 2, at byte 698: "* ]]
}

@test "a CAR is counted, and verified in its order" {
	run --separate-stderr inspect --json --verify "$PAID/content.car"
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.kind, .version, .roots[0], .blocks, .bytes, .below_roots, .outside, .repeated, .walk_order]' <<<"$output")" = \
		"[\"car\",1,\"$(jq -r .root "$PAID/meta.json")\",19,17270,19,0,0,true]" ]
}

@test "--ls lists each block with where it lies" {
	run --separate-stderr inspect --ls "$PAID/content.car"
	[ "$status" -eq 0 ]
	[[ ${lines[0]} =~ ^bafybei[a-z0-9]+\ [0-9]+\ [0-9]+$ ]]
	[ "$(grep -c ^baf <<<"$output")" -eq 19 ]
}

@test "a CAR with a damaged block, a lost one, or a cut end fails by name" {
	make_file f 2500000
	pack -q f -o f.car
	cp f.car bad.car
	printf X | dd of=bad.car bs=1 seek=2000000 conv=notrunc status=none
	run --separate-stderr inspect bad.car
	[ "$status" -eq 0 ]
	run --separate-stderr inspect --verify bad.car
	[ "$status" -eq 7 ]
	[ -z "$output" ]
	[[ $stderr == "inspect: 'bad.car': block 3, at byte "*" does not match its CID bafkrei"* ]]
	offset=$(inspect --ls --json f.car | jq -s '.[3].offset')
	head -c $((offset - 39)) f.car >lost.car
	run --separate-stderr inspect --verify lost.car
	[ "$status" -eq 1 ]
	[[ $stderr == "inspect: 'lost.car' is not whole: block bafkrei"*" is missing" ]]
	head -c 2000000 f.car >cut.car
	run --separate-stderr inspect cut.car
	[ "$status" -eq 6 ]
	[[ $stderr == "inspect: 'cut.car' is cut off: it ends inside block 3, at byte "* ]]
}

@test "a key shows its address and never its secret" {
	keygen -q --seed 1 -o my.key
	run --separate-stderr inspect my.key
	[ "$status" -eq 0 ]
	[[ $output == *"kind: key"*"address: $(address_of my.key)"* ]]
	secret=$(cut -d' ' -f2 my.key)
	[[ $output != *$secret* ]]
	[[ $stderr != *$secret* ]]
}

@test "the text of a CID and of an address are told" {
	run --separate-stderr inspect --json QmQKtVvEaofnZcrfLCsnFyAv1vgX88nxB1fVW2oDs3Nd5o
	[ "$(jq -c '[.kind, .version, .codec, .hash]' <<<"$output")" = '["cid",0,"dag-pb","sha2-256"]' ]
	run --separate-stderr inspect --json t2ye2sixg6itookhldhbnasvtpgsm3bcw2p6hvgzq
	[ "$(jq -c '[.kind, .protocol, .network, .main]' <<<"$output")" = '["address","actor","test","f2ye2sixg6itookhldhbnasvtpgsm3bcw2p6hvgzq"]' ]
}

@test "a voucher is shown with all its fields, as CBOR and as Lotus prints it" {
	jq -r 'map(select(.type == "SignedVoucher")) | .[0].cbor' "$CODEC/deal-types.json" | xxd -r -p >my.voucher
	[ -s my.voucher ]
	run --separate-stderr inspect --json my.voucher
	[ "$status" -eq 0 ]
	[ "$(jq -r 'keys_unsorted | join(" ")' <<<"$output")" = "thing kind channel lane nonce amount time_lock_min time_lock_max secret_hash extra min_settle_height merges signature_type signature signer conditions text" ]
	[ "$(jq -r .kind <<<"$output")" = voucher ]
	inspect --json "$(basenc --base64url -w 0 my.voucher)" >text
	[ "$(jq -c 'del(.thing)' text)" = "$(jq -c 'del(.thing)' <<<"$output")" ]
}

@test "a voucher that no key signed fails --verify" {
	jq -r 'map(select(.type == "SignedVoucher")) | .[].cbor' "$CODEC/deal-types.json" >vouchers
	while read -r hex; do
		xxd -r -p <<<"$hex" >my.voucher
		signer=$(inspect --json my.voucher | jq -r .signer)
		run --separate-stderr inspect --verify my.voucher
		if [ "$signer" = null ]; then
			[[ $status == [27] ]]
			[[ $stderr == "inspect: 'my.voucher': "* ]]
		else
			[ "$status" -eq 0 ]
		fi
	done <vouchers
}

@test "every recorded message outside a frame is known for what it is" {
	while IFS=$'\t' read -r type hex; do
		xxd -r -p <<<"$hex" >item
		case $type in
		SignedVoucher) wanted=voucher ;;
		Offer) wanted=offer ;;
		*) wanted=message ;;
		esac
		[ "$(kind item)" = $wanted ]
	done < <(jq -r '.[] | [.type, .cbor] | @tsv' "$CODEC/deal-types.json")
}

@test "a dag-pb block is told with its type and links" {
	printf '\x0a\x02\x08\x01' >folder.block
	run --separate-stderr inspect --json folder.block
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.kind, .unixfs, .links]' <<<"$output")" = '["dag-pb","directory",0]' ]
	[ "$(jq -r .cid <<<"$output")" = bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354 ]
}

@test "a selector, and any CBOR item, are told" {
	printf '\xa1aR\xa2al\xa1dnone\xa0b:>\xa1aa\xa1a>\xa1a@\xa0' >all.selector
	run --separate-stderr inspect --json all.selector
	[ "$(jq -c '[.kind, .supported, .selector]' <<<"$output")" = '["selector",true,"all"]' ]
	printf '\x83\x01\x20\x62hi' >item
	run --separate-stderr inspect --json item
	[ "$(jq -c '[.kind, .item]' <<<"$output")" = '["dag-cbor",[1,-1,"hi"]]' ]
}

@test "a CID is shown in every base, and in version 0 if it has that form" {
	for base in base16 base32 base36 base58 v0; do
		form=$(inspect --json QmQKtVvEaofnZcrfLCsnFyAv1vgX88nxB1fVW2oDs3Nd5o | jq -r ".forms.$base")
		[ "$(json -c '[.kind, .digest, .forms]' inspect --json "$form")" = \
			"$(json -c '[.kind, .digest, .forms]' inspect --json QmQKtVvEaofnZcrfLCsnFyAv1vgX88nxB1fVW2oDs3Nd5o)" ]
	done
	run --separate-stderr inspect --json bafkreigjyqyipcblwzr6ctsr6pjumrnk57svhcdzjkowupk3kzkpnfas6a
	[ "$(jq -c .forms.v0 <<<"$output")" = null ]
}

@test "an IPLD item is DAG-JSON" {
	printf '\xa3\x61a\x43abc\x62bb\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x62cc\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00' >item
	run --separate-stderr inspect --json item
	[ "$status" -eq 0 ]
	[[ $output == *'"item":{"a":{"/":{"bytes":"YWJj"}},"bb":9223372036854775807,"cc":1.5}}' ]]
	printf '\x81\xd8\x2a\x45\x00\x01\x55\x00\x00' >link
	[ "$(json -c .item inspect --json link)" = '[{"/":"bafkqaaa"}]' ]
}

@test "the text of a voucher is what Lotus prints, and reads back" {
	jq -r 'map(select(.type == "SignedVoucher")) | .[0].cbor' "$CODEC/deal-types.json" | xxd -r -p >my.voucher
	text=$(inspect --json my.voucher | jq -r .text)
	[ "$text" = "$(base64url my.voucher)" ]
	[ "$(json .kind inspect --json "$text")" = voucher ]
}

@test "every file of the vectors is named and shown, and no key in them" {
	while read -r file; do
		run --separate-stderr inspect --json "$file"
		[ "$status" -eq 0 ]
		[ -n "$output" ]
		[ -z "$stderr" ]
		[[ $(json .kind head -n 1 <<<"$output") =~ ^(transfer|graphsync|car|json|json-lines|table|bytes|text)$ ]]
	done < <(find -L "$VECTORS/.." -type f)
	[ "$(json -c '[.is, .about]' inspect --json "$CODEC/addresses.json")" = '["JSON, 24 entries","addresses"]' ]
	[ "$(json -c '[.kind, .rows, .head]' inspect --json "$CODEC/transitions.tsv")" = '["table",1624,["side","from","event","to"]]' ]
	[ "$(json -c '[.size, .cid]' inspect --json "$PAID/payload.bin")" = \
		'[16384,"bafkreigjyqyipcblwzr6ctsr6pjumrnk57svhcdzjkowupk3kzkpnfas6a"]' ]
	run --separate-stderr inspect "$PAID/meta.json" "$PAID"
	[[ $output != *$(jq -r .client_key "$PAID/meta.json")* ]]
}

@test "a store and a ledger are told from any other folder" {
	setup_parties
	make_file f 1000
	pack -q f -o f.car
	provider offer -q set f.car >f.offer
	[ "$(kind provider)" = store ]
	[ "$(kind ledger)" = ledger ]
	mkdir folder
	chmod 700 folder
	run --separate-stderr inspect folder
	[ "$status" -eq 1 ]
	[ "$stderr" = "inspect: 'folder' is a folder, but neither a store, a ledger nor a recording" ]
}

@test "text from strangers cannot steer the terminal" {
	# an offer whose ID is ESC [ 2 J, made from a good one by changing its id in place
	setup_parties
	make_file f 1000
	pack -q f -o f.car
	provider offer -q set f.car >f.offer
	LC_ALL=C sed 's/offer-1/o\x1b[2J-1/' f.offer >evil.offer
	run --separate-stderr inspect evil.offer
	[ "$status" -eq 0 ]
	[[ $output == *"id: o?[2J-1"* ]]
	[[ $output != *$'\e'* ]]
}

@test "what is nothing known is told by its size and hash, and the first failure decides over several things" {
	printf '\xff\xfe\xfd' >junk
	run --separate-stderr inspect --json junk
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.kind, .size]' <<<"$output")" = '["bytes",3]' ]
	cp junk junk.frames
	run --separate-stderr inspect junk.frames
	[ "$status" -eq 6 ]
	[ "$stderr" = "inspect: 'junk.frames': frame 1, at byte 0: stream ends inside a frame" ]
	: >empty
	run --separate-stderr inspect empty
	[ "$status" -eq 6 ]
	[ "$stderr" = "inspect: 'empty' is empty" ]
	run --separate-stderr inspect nowhere.car
	[ "$status" -eq 1 ]
	[ "$stderr" = "inspect: 'nowhere.car' is neither a file nor a CID, an address, a voucher or a frame" ]
	run --separate-stderr inspect junk.frames "$PAID/content.car"
	[ "$status" -eq 6 ]
	[[ $output == *"kind: car"* ]]
}

# repeat HEAD PART N - HEAD, and N times PART, a line each.
repeat() {
	awk -v head="$1" -v part="$2" -v n="$3" 'BEGIN { print head; while (n-- > 0) print part }'
}

@test "memory stays bounded, however many parts a thing has" {
	[ "$BUILD" = "${BUILD%asan*}" ] || skip "the sanitizer needs its own memory"
	repeat 8fdddb01a163677332a1637273709a0001d4c0 a264737461740a6572657169645001010101010101010101010101010101 120000 >hex
	xxd -r -p hex 120000.frames
	repeat 9a000ffffb 80 1048571 >hex
	xxd -r -p hex lists.cbor
	repeat '[{}' ',{}' 1300000 >objects.json
	echo ']' >>objects.json
	for file in 120000.frames lists.cbor objects.json; do
		for json in --json --quiet; do
			run -0 --separate-stderr bash -c 'ulimit -v 80000; inspect "$1" "$2" >shown' - $json $file
			[ -s shown ]
		done
	done
	run -0 inspect --json 120000.frames
	[ "$(jq -c '[.message.responses_left_out, (.message.responses | length)]' <<<"$output")" = '[110000,10000]' ]
}
