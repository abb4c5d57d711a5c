#!/usr/bin/env bats
# inspect on damaged files: a message that says what is wrong, never a crash.

load common

setup() {
	common_setup
	PAID=$BATS_TEST_DIRNAME/../data/vectors/deals/paid
	CODEC=$BATS_TEST_DIRNAME/../data/vectors/codec
	RANDOM=20231
}

# at FILE - sets place to a random one in it. Not in a subshell, nor is any other RANDOM: that would have a seed of its own.
at() {
	place=$((RANDOM * 32768 + RANDOM))
	place=$((place % $(stat -L -c %s "$1")))
}

# damage HOW FROM TO - a copy that is cut, flipped in one byte, or extended by random bytes.
damage() {
	local place byte

	at "$2"
	case $1 in
	cut) head -c "$place" "$2" >"$3" ;;
	flip)
		cat "$2" >"$3"
		byte=$((1 << RANDOM % 8))
		byte=$((byte ^ 16#$(xxd -s "$place" -l 1 -p "$3")))
		printf '%b' "$(printf '\\x%02x' $byte)" | dd of="$3" bs=1 seek="$place" conv=notrunc status=none
		;;
	extend)
		{
			cat "$2"
			for ((i = 0; i <= RANDOM % 40; i++)); do
				byte=$((RANDOM % 256))
				printf '%b' "$(printf '\\x%02x' $byte)"
			done
		} >"$3"
		;;
	esac
}

@test "a hundred damaged files: each is refused with a reason, or is something else" {
	cp -L "$PAID/client.frames" a.frames
	cp -L "$PAID/provider.frames" b.frames
	cp -L "$PAID/content.car" c.car
	jq -r 'map(select(.type == "SignedVoucher")) | .[3].cbor' "$CODEC/deal-types.json" | xxd -r -p >d.voucher
	jq -r 'map(select(.type == "Offer")) | .[0].cbor' "$CODEC/deal-types.json" | xxd -r -p >e.offer
	made=0 refused=0
	for round in 1 2 3 4 5 6 7; do
		for source in a.frames b.frames c.car d.voucher e.offer; do
			for how in cut flip extend; do
				bad=bad.${source#*.}
				damage $how $source "$bad"
				[ -s "$bad" ] || continue
				made=$((made + 1))
				run --separate-stderr inspect "$bad"
				echo "round $round: $source $how: $status: $stderr"
				plain=$status
				[[ $status == [0167] ]]
				[ "$status" = 0 ] || [[ $stderr == "inspect: "*"bad."* ]] || [[ $stderr == "inspect: frame "* ]]
				run --separate-stderr inspect --verify "$bad"
				echo "round $round: $source $how --verify: $status: $stderr"
				[[ $status == [0167] ]]
				[ "$status" = 0 ] || [ "${#stderr_lines[@]}" -eq 1 ]
				[ "$plain" = 0 ] || [ "$status" != 0 ]
				case $how,$source in
				cut,* | extend,* | flip,c.car) [[ $status == [67] ]] ;;
				esac
				[[ $status == [01] ]] || refused=$((refused + 1))
			done
		done
	done
	echo "$made made, $refused refused"
	[ "$made" -ge 100 ]
	[ "$refused" -ge 70 ]
}
