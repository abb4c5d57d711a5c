#!/usr/bin/env bats
# INVARIANT 29: inspect --verify of a provider's store: what is offered is judged as it was when it was put up for sale.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 3M
	offer_file content
	CID=$(json .payload_cid provider offer list --json)
}

# breaks EXIT PATTERN - the store of the provider does not verify, and one finding is this.
breaks() {
	run --separate-stderr provider inspect --verify provider
	[ "$status" = "$1" ] || { echo "exit $status: $output; $stderr" && false; }
	grep -qE "^broken \(29\): offer of $CID: $2$" <<<"$output" || { echo "$output" && false; }
}

# blocks - "OFFSET LENGTH" of each block of the CAR, in its order.
blocks() {
	inspect --ls --json content.car | jq -r 'select(.block) | "\(.offset) \(.length)"'
}

@test "a CAR that was moved away is named, with the offer, and is all right once it is back" {
	run -0 inspect --verify provider
	mv content.car away.car
	breaks 10 "cannot open '$PWD/content.car': No such file or directory"
	[ "$stderr" = "inspect: 'provider' lacks content that is not there now: 1 finding" ]
	run -0 --separate-stderr provider offer list
	[[ $output == *"  not there now: cannot open the content for sale, '$PWD/content.car': No such file or directory" ]]
	[[ $(json .absent provider offer list --json) == *"'$PWD/content.car': No such file or directory" ]]
	mv away.car content.car
	run -0 inspect --verify provider
	run -0 --separate-stderr provider offer list
	[[ $output == *"  $PWD/content.car" ]]
	[ "$(json .absent provider offer list --json)" = null ]
}

@test "and so it is once offer move has said where it lies" {
	mkdir elsewhere
	mv content.car elsewhere/content.car
	breaks 10 "cannot open '$PWD/content.car': No such file or directory"
	provider offer move -q "$CID" elsewhere/content.car
	run -0 inspect --verify provider
}

@test "a folder or a file of another size in its place is found" {
	mv content.car away.car
	mkdir content.car
	breaks 7 "'$PWD/content.car' was changed: it is not a regular file"
	rmdir content.car
	head -c 1000000 away.car >content.car
	breaks 7 "'$PWD/content.car' was changed: it has 1000000 bytes, not [0-9]+"
	[[ $(provider offer list) == *"  not there now: "*"has 1000000 bytes"* ]]
	{ cat away.car && echo; } >content.car
	breaks 7 "'$PWD/content.car' was changed: it has [0-9]+ bytes, not [0-9]+"
}

@test "a block that rotted, whether it has links or not, is named with its place and the offer" {
	blocks >places
	while read -r offset length; do
		cp content.car whole.car
		printf '\377' | dd of=content.car bs=1 seek=$((offset + length - 1)) conv=notrunc status=none
		breaks 7 "block baf[a-z0-9]+, at byte $offset of '$PWD/content.car', does not match its CID"
		mv whole.car content.car
	done <places
	run -0 inspect --verify provider
}

@test "all rotten blocks without links are found at once, and the offer is in each finding" {
	blocks >places
	first=$(sed -n 2p places)
	second=$(sed -n 3p places)
	for place in "$first" "$second"; do
		printf '\377' | dd of=content.car bs=1 seek="${place% *}" conv=notrunc status=none
	done
	run -7 --separate-stderr provider inspect --verify provider
	[ "$(grep -c "^broken (29): offer of $CID: block " <<<"$output")" = 2 ]
	[ "$stderr" = "inspect: 'provider' does not hold together: 2 findings" ]
}

@test "each of several offers is judged alone, in JSON too" {
	make_file second 100K 7
	pack -q second -o second.car
	provider offer -q set second.car >second.offer
	mv second.car away
	run -10 --separate-stderr provider inspect --verify --json provider
	[ "$(jq -rs 'map(select(.broken)) | map("\(.invariant) \(.broken)") | join("\n")' <<<"$output")" = \
		"29 offer of $(json .payload_cid inspect second.offer --json): cannot open '$PWD/second.car': No such file or directory" ]
	[ "$(jq -r .exit <<<"$stderr")" = 10 ]
}

@test "content with identity links, folded blocks and an empty file is judged as offer set judged it" {
	for car in "$BATS_TEST_DIRNAME"/../data/cars/*.car; do
		cp "$car" .
		provider offer -q set "${car##*/}" >offered 2>/dev/null || continue
		run -0 provider inspect --verify provider
	done
	: >empty
	pack -q empty -o empty.car
	provider offer -q set empty.car >empty.offer
	run -0 provider inspect --verify provider
}

@test "deals show says that the content of a deal that is not over is not there now, and what to do" {
	begin_deal
	[ "$(json .absent provider deals show @ --json)" = null ]
	mv content.car away.car
	run -0 --separate-stderr provider deals show @ --json
	[[ $(jq -r .absent <<<"$output") == *"'$PWD/content.car': No such file or directory" ]]
	[ "$(jq -r '"\(.next_by): \(.next)"' <<<"$output")" = "provider: offer move $CID CAR" ]
	run -0 --separate-stderr client deals show @ --json
	[ "$(jq -r .absent <<<"$output")" = null ]
	mv away.car content.car
	[ "$(json .absent provider deals show @ --json)" = null ]
}
