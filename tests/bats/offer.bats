#!/usr/bin/env bats
# offer: put a price on content.

load common

setup() {
	common_setup
	setup_parties
	make_file f 3M
	pack -q f -o f.car
}

@test "set writes the offer with its terms, and says what was offered" {
	run --separate-stderr provider offer set f.car -o f.offer
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[[ $stderr == "offer: bafybei"*", 3.0 MiB, for 2 afil per byte" ]]
	run --separate-stderr inspect --json f.offer
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.kind, .min_price_per_byte, .unseal_price, .max_payment_interval, .max_payment_interval_increase]' <<<"$output")" = \
		'["offer","2","0",1048576,1048576]' ]
	[ "$(jq -r .payment_address <<<"$output")" = "$PROVIDER" ]
}

@test "every term can be given" {
	provider offer -q set f.car --price 0.5nfil --unseal 7afil --interval 2MiB --increase 3KiB --pay-to "$CLIENT" >f.offer
	run -0 --separate-stderr inspect --json f.offer
	[ "$(jq -c '[.min_price_per_byte, .unseal_price, .max_payment_interval, .max_payment_interval_increase, .payment_address]' <<<"$output")" = \
		"[\"500000000\",\"7\",2097152,3072,\"$CLIENT\"]" ]
}

@test "an amount needs a unit, but for 0" {
	run --separate-stderr provider offer set f.car --price 2
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[[ $stderr == "offer: "*unit* ]]
	provider offer -q set f.car --price 0 >f.offer
}

@test "get gives the same bytes again, by CID or as the newest" {
	provider offer -q set f.car >f.offer
	make_file g 1000 5000
	pack -q g -o g.car
	provider offer -q set g.car >g.offer
	provider offer get @ | cmp - g.offer
	cid=$(inspect --json f.offer | jq -r .payload_cid)
	provider offer get "$cid" -o again.offer
	cmp again.offer f.offer
	run --separate-stderr provider offer get -a "$cid"
	[ "$status" -eq 0 ]
	[[ $output =~ ^[A-Za-z0-9_-]+$ ]]
	printf '%s\n' "$output" >text.offer
	[ "$(json .payload_cid inspect --json text.offer)" = "$cid" ]
}

@test "list shows each offer on a line, with the path of its CAR" {
	provider offer -q set f.car >f.offer
	run --separate-stderr provider offer list
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == bafybei*"  3.0 MiB  2 afil per byte  $BATS_TEST_TMPDIR/f.car" ]]
	run --separate-stderr provider offer list --json
	[ "$(jq -r .path <<<"$output")" = "$BATS_TEST_TMPDIR/f.car" ]
}

@test "a new price for the same content takes the place of the old one" {
	provider offer -q set f.car >f.offer
	provider offer -q set f.car --price 3afil >dear.offer
	run --separate-stderr provider offer list
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"3 afil per byte"* ]]
}

@test "an offer that is refused leaves the old one working" {
	provider offer -q set f.car >f.offer
	cp f.car whole.car
	printf X | dd of=f.car bs=1 seek=2000000 conv=notrunc status=none
	run -7 --separate-stderr provider offer set f.car
	mv whole.car f.car
	run -0 --separate-stderr provider offer get @
	run -0 --separate-stderr inspect --verify "$BATS_TEST_TMPDIR/provider"
	run -0 client retrieve -q --max-total 1fil --via "RETRIEVAL_HOME=$PWD/provider serve -q" f.offer -o copy.car
	cmp f.car copy.car
}

@test "what a refused or replaced CAR left in the index is removed" {
	blocks() {
		inspect "$BATS_TEST_TMPDIR/provider" --json | jq -r .blocks
	}
	provider offer -q set f.car >f.offer
	before=$(blocks)
	provider offer -q set f.car --price 3afil >f.offer
	[ "$(blocks)" = "$before" ]
	cp f.car bad.car
	printf X | dd of=bad.car bs=1 seek=2000000 conv=notrunc status=none
	run -7 provider offer set bad.car
	[ "$(blocks)" = "$before" ]
}

@test "move says where the content lies now, and the terms stay" {
	provider offer -q set f.car --price 3afil >f.offer
	cid=$(inspect --json f.offer | jq -r .payload_cid)
	mv f.car moved.car
	run -0 --separate-stderr provider offer move "$cid" moved.car
	[ -z "$output" ]
	[ "$stderr" = "offer: $cid is in 'moved.car' now" ]
	run -0 --separate-stderr provider offer list
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"3 afil per byte  $BATS_TEST_TMPDIR/moved.car" ]]
}

@test "move wants the same content, and an offer" {
	provider offer -q set f.car >f.offer
	cid=$(inspect --json f.offer | jq -r .payload_cid)
	make_file other 1000
	pack -q other -o other.car
	run -1 --separate-stderr provider offer move "$cid" other.car
	[[ $stderr == "offer: "*"block $cid is not in the CAR"* ]]
	run -1 --separate-stderr provider offer move bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku f.car
	[[ $stderr == "offer: there is no offer for "* ]]
	run -0 --separate-stderr provider offer list
	[[ $output == *"$BATS_TEST_TMPDIR/f.car" ]]
}

@test "what was removed is not offered any more" {
	provider offer -q set f.car >f.offer
	cid=$(inspect --json f.offer | jq -r .payload_cid)
	run --separate-stderr provider offer remove "$cid"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$stderr" = "offer: $cid is not offered any more; deals under way go on" ]
	run --separate-stderr provider offer remove "$cid"
	[ "$status" -eq 1 ]
	[ "$stderr" = "offer: there is no offer for $cid" ]
	run --separate-stderr provider offer get @
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "offer: nothing is offered yet" ]
}

@test "a CAR with a damaged block is not offered" {
	printf X | dd of=f.car bs=1 seek=2000000 conv=notrunc status=none
	run --separate-stderr provider offer set f.car
	[ "$status" -eq 7 ]
	[ -z "$output" ]
	[[ $stderr == "offer: '$PWD/f.car': block bafkrei"*" does not match its CID" ]]
	run --separate-stderr provider offer list
	[ -z "$output" ]
}

@test "a CAR whose DAG is not whole is not offered" {
	printf 'x' >>f.car
	run --separate-stderr provider offer set f.car
	[ "$status" -ne 0 ]
	[ -z "$output" ]
	[[ $stderr == "offer: '$PWD/f.car': "* ]]
}

@test "a pipe in the place of a CAR is refused and waited for by nobody" {
	provider offer set -q f.car >f.offer
	cid=$(json .payload_cid provider offer list --json)
	mv f.car away.car && mkfifo f.car
	run -10 --separate-stderr provider timeout 9 offer set f.car
	[ "$stderr" = "offer: cannot read '$PWD/f.car': not a regular file" ]
	run -10 --separate-stderr provider timeout 9 offer move "$cid" f.car
	[ "$stderr" = "offer: cannot read '$PWD/f.car': not a regular file" ]
	run -2 --separate-stderr timeout 9 pack -x f.car -o f
	run -7 --separate-stderr provider timeout 9 inspect --verify provider
	[[ $stderr$output == *"'$PWD/f.car' was changed: it is not a regular file"* ]]
	run -10 --separate-stderr client timeout 9 retrieve --idle 5s --max-total 1fil --via "RETRIEVAL_HOME=provider RETRIEVAL_KEY=provider.key serve -q" f.offer -o out.car
	rm f.car && mv away.car f.car
	client retrieve -q --max-total 1fil --via "RETRIEVAL_HOME=provider RETRIEVAL_KEY=provider.key serve -q" f.offer -o out.car
	cmp f.car out.car
}

@test "looking at a store that is not there is wrong usage or a clean no, and makes none" {
	RETRIEVAL_HOME=$BATS_TEST_TMPDIR/nobody run --separate-stderr offer list
	[ "$status" -ne 0 ]
	[ -z "$output" ]
	[ ! -e nobody ]
}

@test "content is found whatever the length of its path" {
	make_file content 100
	pack -q content -o content.car
	for ((n = 1; n <= 40; n++)); do
		folder=$(printf 'x%.0s' $(seq "$n"))
		mkdir "$folder"
		cp content.car "$folder/c"
		provider offer -q set "$folder/c" --price 0 >content.offer
		client propose -q content.offer -o 1.frames
		provider validate -q 1.frames -o 2.frames
		client deals cancel -q @ -o cancel.frames
	done
}

# signer_of FILE - who has signed, by inspect.
signer_of() {
	json .signed.signer inspect --json "$1"
}

@test "set signs the offer for who is paid, and get gives the signature again without the key" {
	run -0 --separate-stderr provider offer set --json f.car -o f.offer
	[ "$(jq -r .signer <<<"$stderr$output")" = "$PROVIDER" ]
	[ "$(signer_of f.offer)" = "$PROVIDER" ]
	inspect --verify f.offer >/dev/null
	mv provider.key elsewhere.key
	RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/elsewhere offer get @ >again.offer
	cmp f.offer again.offer
}

@test "the signature stands behind the offer, which is what it was without one" {
	provider offer -q set f.car >signed.offer
	provider offer -q set f.car --pay-to "$CLIENT" >plain.offer
	[ "$(json .signed inspect --json plain.offer)" = null ]
	size=$(stat -c %s plain.offer)
	head -c "$size" signed.offer >front.offer
	[ "$(json -c 'del(.thing)' inspect --json front.offer)" = "$(json -c 'del(.thing, .signed)' inspect --json signed.offer)" ]
}

@test "an offer with a bit changed is refused by all who read it, with the signer's address" {
	provider offer -q set f.car >f.offer
	size=$(stat -c %s f.offer)
	cp f.offer bad.offer
	printf 'zzz' | dd of=bad.offer bs=1 seek=$((size - 20)) conv=notrunc status=none
	run --separate-stderr inspect --verify bad.offer
	[ "$status" -eq 7 ]
	[[ $stderr == "inspect: 'bad.offer': the signature is not one of $PROVIDER" ]]
	run --separate-stderr client propose -n --max-total 1fil bad.offer
	[ "$status" -eq 7 ]
	[ -z "$output" ]
	[[ $stderr == "propose: cannot use the offer 'bad.offer': the signature is not one of $PROVIDER" ]]
	run --separate-stderr client retrieve --via false --max-total 1fil bad.offer -o out.car
	[ "$status" -eq 7 ]
	[[ $stderr == "retrieve: cannot use the offer 'bad.offer': the signature is not one of $PROVIDER" ]]
}

@test "PROOF 2: an offer that someone else has signed is refused with both addresses" {
	provider offer -q set f.car --pay-to "$CLIENT" >front
	provider offer -q set f.car >f.offer
	tail -c +$(($(stat -c %s front) + 1)) f.offer >proof
	cat front proof >foreign.offer
	run --separate-stderr client propose -n --max-total 1fil foreign.offer
	[ "$status" -eq 7 ]
	[[ $stderr == "propose: cannot use the offer 'foreign.offer': $PROVIDER has signed, but the offer pays $CLIENT" ]]
}

@test "the signature of another offer of the same seller proves nothing" {
	provider offer -q set f.car --price 1afil >cheap.offer
	provider offer -q set f.car --price 2afil >dear.offer
	size=$(stat -c %s cheap.offer)
	provider offer -q set f.car --price 1afil --pay-to "$CLIENT" >plain
	front=$(stat -c %s plain)
	head -c "$front" cheap.offer >mixed.offer
	tail -c +$((front + 1)) dear.offer >>mixed.offer
	[ "$(stat -c %s mixed.offer)" -eq "$size" ]
	run --separate-stderr client propose -n --max-total 1fil mixed.offer
	[ "$status" -eq 7 ]
	[[ $stderr == "propose: cannot use the offer 'mixed.offer': $PROVIDER has signed another offer" ]]
}

@test "an offer that is over is refused, and is valid to its last second" {
	RETRIEVAL_CLOCK=1700000000 provider offer -q set f.car --valid 1h >f.offer
	[ "$(json -c '[.signed.issued, .signed.expires]' inspect --json f.offer)" = '[1700000000,1700003600]' ]
	RETRIEVAL_CLOCK=1700003600 client propose -q -n --max-total 1fil f.offer
	RETRIEVAL_CLOCK=1700003601 run --separate-stderr client propose -n --max-total 1fil f.offer
	[ "$status" -eq 1 ]
	[[ $stderr == "propose: cannot use the offer 'f.offer': it was valid until 1700003600 (unix time), now it is 1700003601" ]]
}

@test "move keeps the offer and its signature" {
	provider offer -q set f.car >f.offer
	mv f.car g.car
	provider offer -q move "$(json -r .payload_cid inspect --json f.offer)" g.car
	provider offer get @ >again.offer
	cmp f.offer again.offer
}
