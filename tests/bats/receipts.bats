#!/usr/bin/env bats
# Receipts and bundles: what proves a deal to someone who was not there.

load common

setup() {
	common_setup
	setup_parties
	make_file f 3M
	pack -q f -o f.car
	provider offer -q set f.car >f.offer
	client retrieve -q --max-total 0.1fil --via "RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key serve -q" f.offer -o out.car
	ID=$(json '.id' client deals list --json)
	PRICE=$((2 * $(json .size inspect --json f.offer)))
	export ID PRICE
}

# refuses FILE STATUS WORDS - inspect --verify ends with STATUS, and those words.
refuses() {
	run --separate-stderr inspect --verify "$1"
	[ "$status" -eq "$2" ]
	[ "$stderr" = "inspect: '$1': $3" ]
}

# both_receipts - each side signs its receipt.
both_receipts() {
	provider deals receipt -q --sign -o s.receipt "$ID"
	client deals receipt -q --sign -o b.receipt "$ID"
}

@test "each side signs what it delivered or received, for how much, and the same bytes each time" {
	run -0 --separate-stderr provider deals receipt --sign -o s.receipt @
	[ -z "$output" ]
	[ "$stderr" = "deals: the receipt of deal $ID is signed" ]
	run -0 --separate-stderr inspect --verify --json s.receipt
	[ "$(jq -c '[.kind, .type, .role, .signer, .seller, .buyer, .state, .paid, .proposal.id]' <<<"$output")" = \
		"[\"signed\",\"retrieval receipt v1\",\"seller\",\"$PROVIDER\",\"$PROVIDER\",\"$CLIENT\",\"DealStatusCompleted\",\"$PRICE\",\"$ID\"]" ]
	[[ $(jq -r .says <<<"$output") == "in deal $ID I delivered $((PRICE / 2)) bytes of "*" to $CLIENT, and was paid $PRICE afil, by 2 vouchers; at "*" the deal was Completed" ]]
	[ "$(jq -c '[.vouchers[].nonce]' <<<"$output")" = '["1","2"]' ]
	[ "$(jq -r '.ledger[0:2]' <<<"$output")" = f- ]
	provider deals receipt -q --sign -o again.receipt @
	cmp s.receipt again.receipt
	client deals receipt -q --sign -a "$ID" >b.receipt
	[ "$(json -c '[.role, .signer, .paid]' inspect --verify --json b.receipt)" = "[\"buyer\",\"$CLIENT\",\"$PRICE\"]" ]
}

@test "a bundle is one file that a third party checks without store, ledger and key" {
	provider deals receipt -q --sign -o s.receipt "$ID"
	run -0 --separate-stderr client deals receipt --bundle --with s.receipt -o deal.bundle "$ID"
	[ "$stderr" = "deals: the bundle of deal $ID is signed" ]
	mkdir elsewhere
	cp deal.bundle elsewhere
	cd elsewhere
	RETRIEVAL_HOME=none RETRIEVAL_LEDGER=none RETRIEVAL_KEY=none run -0 --separate-stderr inspect --verify deal.bundle
	[ -z "$stderr" ]
	[[ $output == *"deal: $ID"* ]]
	[[ $output == *"seller: $PROVIDER"*"seller says: in deal $ID I delivered "* ]]
	[[ $output == *"buyer: $CLIENT"*"buyer says: in deal $ID I received "* ]]
	[[ $output == *"signed vouchers: 2"* ]]
	[[ $output == *"offer: 2 afil per byte, signed by the seller at "* ]]
	[ "$(json -c '[.receipts[].role, (.vouchers | length), .vouchers[1].signer, .vouchers[1].amount]' inspect --json deal.bundle)" = \
		"[\"seller\",\"buyer\",2,\"$CLIENT\",\"$PRICE\"]" ]
}

@test "the provider makes a bundle too, with its signed offer" {
	both_receipts
	provider deals receipt -q --bundle --with b.receipt "$ID" >p.bundle
	inspect --verify p.bundle >/dev/null
	[ "$(json -c '[.signer, .offer.signer, (.receipts | length)]' inspect --json p.bundle)" = "[\"$PROVIDER\",\"$PROVIDER\",2]" ]
	provider offer -q set f.car --price 3afil >/dev/null # the offer of now is not that of the deal
	provider deals receipt -q --bundle "$ID" >p.bundle
	[ "$(json -c '[.offer, (.receipts | length)]' inspect --verify --json p.bundle)" = '[null,1]' ]
}

@test "PROOF 3: the receipt of another deal is refused, when a bundle is made" {
	provider deals receipt -q --sign -o other.receipt "$ID"
	client retrieve -q --again --max-total 0.1fil --via "RETRIEVAL_HOME=$PWD/provider serve -q" f.offer -o again.car
	run -7 --separate-stderr client deals receipt --bundle --with other.receipt @ -o deal.bundle
	[[ $stderr == "deals: the receipt of the seller is about deal $ID with other terms, root or id than the bundle's deal "* ]]
	[ ! -e deal.bundle ]
	client deals receipt -q --bundle --with other.receipt "$ID" -o deal.bundle
	inspect --verify deal.bundle >/dev/null
}

@test "PROOF 4: an altered byte anywhere, or a cut file, proves nothing" {
	both_receipts
	client deals receipt -q --bundle --with s.receipt "$ID" -o deal.bundle
	size=$(stat -c %s deal.bundle)
	for ((at = 2; at < size; at += 97)); do
		cp deal.bundle bad.bundle
		byte=$(xxd -s "$at" -l 1 -p deal.bundle)
		printf '%b' "\\x$(printf %02x $((0x$byte ^ 1)))" | dd of=bad.bundle bs=1 seek="$at" conv=notrunc status=none
		run --separate-stderr inspect --verify bad.bundle
		[ "$status" -eq 7 ] || [ "$status" -eq 6 ]
		head -c "$at" deal.bundle >cut.bundle
		run --separate-stderr inspect --verify cut.bundle
		[ "$status" -eq 6 ]
	done
	cp deal.bundle bad.bundle
	printf 'x' | dd of=bad.bundle bs=1 seek=$((size - 10)) conv=notrunc status=none
	refuses bad.bundle 7 "the signature of the bundle is not one of $CLIENT"
	head -c $((size - 1)) deal.bundle >cut.bundle
	run -6 --separate-stderr inspect --verify cut.bundle
	[ "$stderr" = "inspect: 'cut.bundle' looks like a signed statement, but does not decode: ends too early" ]
}

@test "only the party itself signs for a deal" {
	run -2 --separate-stderr env RETRIEVAL_HOME="$PWD/client" RETRIEVAL_KEY="$PWD/provider.key" deals receipt --sign "$ID" -o x
	[ "$stderr" = "deals: the key is that of $PROVIDER, but the buyer of this deal is $CLIENT" ]
	run -2 --separate-stderr env RETRIEVAL_HOME="$PWD/client" deals receipt --sign "$ID" -o x
	[[ $stderr == *"cannot use key"* ]]
	[ ! -e x ]
}

@test "a deal that was never accepted has no receipt" {
	client propose -q --max-total 0.1fil --size 1MiB f.offer -o 1.frames
	run -8 --separate-stderr client deals receipt --sign @ -o x
	[[ $stderr == "deals: deal "*" was never accepted: there is nothing to sign" ]]
}

@test "a deal that ended early has a receipt of what came, and the sides may count differently" {
	client retrieve -q --again --max-total 0.1fil --via "RETRIEVAL_HOME=$PWD/provider serve -q | head -c 1500000" f.offer -o again.car || true
	client deals cancel -q @ -o cancel.frames
	client deals receipt -q --bundle @ -o deal.bundle
	run -0 --separate-stderr inspect --verify --json deal.bundle
	[ "$(jq -r '.receipts[0].state' <<<"$output")" = DealStatusCancelled ]
}

@test "a free deal has a receipt too, whose seller does not know the buyer" {
	provider offer -q set f.car --price 0 >free.offer
	client retrieve -q --again --via "RETRIEVAL_HOME=$PWD/provider serve -q" free.offer -o again.car
	provider deals receipt -q --sign @ -o s.receipt
	[ "$(json -c '[.buyer, .paid, .vouchers]' inspect --verify --json s.receipt)" = '[null,"0",[]]' ]
	client deals receipt -q --bundle --with s.receipt @ -o deal.bundle
	inspect --verify deal.bundle >/dev/null
}

# page_example NAME - the literal block of retrieval(5) behind the remark "test: NAME".
page_example() {
	awk -v "mark=.\\\\\" test: $1" '
		$0 == mark { on = 1; next }
		on && /^\.Ed/ { exit }
		on { gsub(/\\e/, "\\"); gsub(/\\&/, ""); gsub(/\\-/, "-"); print }
	' "$BATS_TEST_DIRNAME/../../man/man5/retrieval.5"
}

@test "the recipe of retrieval(5) verifies offers, receipts and bundles without these programs" {
	command -v python3 >/dev/null || skip "no python3"
	both_receipts
	client deals receipt -q --bundle --with s.receipt "$ID" -o deal.bundle
	page_example verify >verify.py
	inspect --json s.receipt >s.json
	[ "$(python3 verify.py <s.json)" = "$PROVIDER" ]
	inspect --json deal.bundle >b.json
	[ "$(python3 verify.py <b.json)" = "$CLIENT" ]
	jq -c '.receipts[0]' b.json >r.json
	[ "$(python3 verify.py <r.json)" = "$PROVIDER" ]
	inspect --json f.offer >f.json
	jq -c .signed f.json >o.json
	[ "$(python3 verify.py <o.json)" = "$PROVIDER" ]
	jq -c '.type = "retrieval offer v1"' s.json >bad.json
	run -1 python3 verify.py <bad.json
	[ "$output" != "$PROVIDER" ]
}

@test "a deal keeps the signed offer that it was made for, also one that came as an answer" {
	cid=$(json .payload_cid inspect --json f.offer)
	client retrieve -q --again --max-total 0.1fil --via "RETRIEVAL_HOME=$PWD/provider serve -q" "$cid" -o again.car
	provider offer -q set f.car --price 3afil >/dev/null
	client deals receipt -q --bundle @ -o deal.bundle
	[ "$(json -c '[.offer.signer, .offer.type]' inspect --verify --json deal.bundle)" = "[\"$PROVIDER\",\"retrieval offer v1\"]" ]
	client retrieve -q --again --max-total 0.1fil --price 4afil --pay-to "$PROVIDER" --size "$((PRICE / 2))B" \
		--via "RETRIEVAL_HOME=$PWD/provider serve -q" "$cid" -o again.car
	client deals receipt -q --bundle @ -o deal.bundle
	[ "$(json -c .offer inspect --verify --json deal.bundle)" = null ]
	inspect --verify client provider >/dev/null
}

@test "a signed offer of another ledger is refused by a home that belongs to one" {
	provider offer -q set f.car >near.offer # the home has had a channel, and knows its ledger
	export RETRIEVAL_LEDGER=$PWD/other
	ledger init -q --manual
	ledger fund -q "$CLIENT" 1fil
	mv provider near.home
	mv client near.client
	provider offer -q set f.car >far.offer
	[ "$(json .signed.ledger inspect --json far.offer)" = null ]
	client retrieve -q --max-total 0.1fil --via "RETRIEVAL_HOME=$PWD/provider serve -q" far.offer -o far.car
	[[ $(json .signed.ledger inspect --json near.offer) == f-* ]]
	run -2 --separate-stderr client propose --max-total 0.1fil near.offer
	[[ $stderr == "propose: the signed offer: it is for the ledger f-"*", but this home belongs to f-"* ]]
}

@test "a provider with its key hands its receipt over when the last payment has come, and the client keeps it" {
	client deals receipt -q --bundle "$ID" -o deal.bundle
	[ "$(json -c '[.receipts[] | [.role, .signer, .paid]]' inspect --verify --json deal.bundle)" = \
		"[[\"seller\",\"$PROVIDER\",\"$PRICE\"],[\"buyer\",\"$CLIENT\",\"$PRICE\"]]" ]
	provider deals receipt -q --sign "$ID" -o s.receipt
	inspect --json deal.bundle >bundle.json
	inspect --json s.receipt >receipt.json
	[ "$(jq -r '.receipts[0].body' bundle.json)" = "$(jq -r .body receipt.json)" ]
}

@test "without a key the provider serves as before, and no receipt comes" {
	mv provider.key elsewhere
	client retrieve -q --again --max-total 0.1fil --via "RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key serve -q" f.offer -o again.car
	client deals receipt -q --bundle @ -o deal.bundle
	[ "$(json -c '[.receipts[].role]' inspect --verify --json deal.bundle)" = '["buyer"]' ]
}

@test "a key that needs a passphrase is not asked for by serve" {
	keygen --protect -q --key provider.key --passphrase-file <(echo secret) -o locked.key || skip
	client retrieve -q --again --max-total 0.1fil --via "RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/locked.key serve -q" f.offer -o again.car
	client deals receipt -q --bundle @ -o deal.bundle
	[ "$(json -c '[.receipts[].role]' inspect --verify --json deal.bundle)" = '["buyer"]' ]
}

@test "a recording of a deal with a receipt replays without the provider's key" {
	client retrieve -q --again --max-total 0.1fil --record rec --via "RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key serve -q" f.offer -o again.car
	grep -qa signed-receipt: rec/provider.frames
	replay --check rec
}
