#!/usr/bin/env bats
# inspect --diff: where two things of one sort differ.

load common

setup() {
	common_setup
	VECTORS=$BATS_TEST_DIRNAME/../data/vectors/deals
	PAID=$VECTORS/paid
	CODEC=$BATS_TEST_DIRNAME/../data/vectors/codec
}

@test "a thing does not differ from itself, in any sort" {
	jq -r 'map(select(.type == "SignedVoucher")) | .[0].cbor' "$CODEC/deal-types.json" | xxd -r -p >a.voucher
	for file in "$PAID/client.frames" "$PAID/provider.frames" "$PAID/content.car" "$PAID/meta.json" a.voucher \
		"$CODEC/transitions.tsv" "$PAID/payload.bin"; do
		run --separate-stderr inspect --diff "$file" "$file"
		[ "$status" -eq 0 ]
		[ -z "$output" ]
		[ -z "$stderr" ]
	done
}

@test "streams differ at a frame, a byte and a field" {
	run --separate-stderr inspect --diff "$PAID/client.frames" "$VECTORS/unseal-price/client.frames"
	[ "$status" -eq 1 ]
	[[ $stderr == *" differ" ]]
	[[ ${lines[0]} == 'frame 1 at byte 0: message.requests[0].id: "'*'" / "'*'"' ]]
	grep -q '^frame 1 at byte 0: .*params.unseal_price: "0" / "5000"$' <<<"$output"
	grep -q '^frame 2 at bytes 698 / 701: .*payment_voucher.amount: "8000" / "8038"$' <<<"$output"
}

@test "a changed block and lost frames are found in a stream" {
	cp "$PAID/provider.frames" bad.frames
	printf X | dd of=bad.frames bs=1 seek=1600 conv=notrunc status=none
	run --separate-stderr inspect --diff "$PAID/provider.frames" bad.frames
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ ${lines[0]} == 'frame 2 at byte 995: blocks[0]: "bafkrei'* ]]
	head -c 999 "$PAID/client.frames" >less.frames
	run --separate-stderr inspect --diff "$PAID/client.frames" less.frames
	[ "$status" -eq 1 ]
	[ "$output" = "only in a: 3 frames, from frame 3 at byte 999" ]
	run --separate-stderr inspect --diff --json less.frames "$PAID/client.frames"
	[ "$(jq -c '[.only_in, .frames, .frame, .offset]' <<<"$output")" = '["b",3,3,999]' ]
}

@test "CARs differ in roots, missing and extra blocks, order, and bytes" {
	inspect --ls --json "$PAID/content.car" | jq -r 'select(.block) | [.offset, .length] | @tsv' >places
	# the last two sections exchanged: each is a length of 2 bytes, a CID of 36, and the block
	tail -n 2 places >last
	{ read -r offset1 length1 && read -r offset2 length2; } <last
	{
		head -c $((offset1 - 38)) "$PAID/content.car"
		tail -c +$((offset2 - 38 + 1)) "$PAID/content.car"
		part "$PAID/content.car" $((offset1 - 38)) $((length1 + 38))
	} >order.car
	[ "$(stat -c %s order.car)" = "$(stat -L -c %s "$PAID/content.car")" ]
	run --separate-stderr inspect --diff "$PAID/content.car" order.car
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ ${lines[0]} == "order: block 18 is bafkrei"*" / block 18 is bafkrei"* ]]
	head -c $((offset2 - 38)) "$PAID/content.car" >less.car
	run --separate-stderr inspect --diff "$PAID/content.car" less.car
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == "only in a: block 19 at byte $offset2: bafkrei"* ]]
	run --separate-stderr inspect --diff --json less.car "$PAID/content.car"
	[ "$status" -eq 1 ]
	[ "$(jq -c '[.field, .only_in, .block]' <<<"${lines[0]}")" = '["block","b",19]' ]
	cp "$PAID/content.car" bad.car
	printf X | dd of=bad.car bs=1 seek=$((offset2 + 10)) conv=notrunc status=none
	run --separate-stderr inspect --diff "$PAID/content.car" bad.car
	[ "$status" -eq 1 ]
	[[ $output == *"byte 10 differs, of $length2 / $length2" ]]
	run --separate-stderr inspect --diff "$PAID/content.car" "$VECTORS/blake2b/content.car"
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == 'roots[0]: "baf'* ]]
}

@test "other things differ by field, and secrets are not shown" {
	run --separate-stderr inspect --diff "$PAID/meta.json" "$VECTORS/free/meta.json"
	[ "$status" -eq 1 ]
	grep -q '^scenario.price_per_byte: 2 / 0$' <<<"$output"
	grep -q '^client_key$' <<<"$output"
	[[ $output != *$(jq -r .client_key "$PAID/meta.json")* ]]
	printf '\x83\x01\x20\x62hi' >a
	printf '\x83\x01\x21\x62hi' >b
	run --separate-stderr inspect --diff a b
	[ "$status" -eq 1 ]
	grep -q '^item\[1\]: -1 / -2$' <<<"$output"
}
