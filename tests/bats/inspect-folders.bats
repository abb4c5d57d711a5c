#!/usr/bin/env bats
# inspect on folders: stores, ledgers and recordings, and --verify of each.

load common
load common_deal

setup() {
	common_setup
	VECTORS=$BATS_TEST_DIRNAME/../data/vectors/deals
}

# make_deals - one deal that is completed and one that stands at its second pause.
make_deals() {
	setup_parties
	make_file f 3M
	offer_file f
	begin_deal
	finish_deal
	make_file g 3M 1000000
	offer_file g --unseal 5000afil
	begin_deal
	one_round || [ "$?" = 3 ]
}

# holds FOLDER - --verify finds nothing.
holds() {
	run --separate-stderr inspect --json --verify "$1"
	echo "$output$stderr"
	[ "$status" -eq 0 ] && [ -z "$stderr" ] && [ "$(jq -r .verified <<<"$output")" = true ]
}

# breaks FOLDER PATTERN - --verify finds what PATTERN says, and is an integrity failure.
breaks() {
	run --separate-stderr inspect --verify "$1"
	echo "$output$stderr"
	[ "$status" -eq 7 ] && grep -q -- "$2" <<<"$output"
}

@test "a store is counted: deals by state, channels, vouchers, events, contents" {
	make_deals
	run --separate-stderr inspect --json client
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(jq -S -c '[.kind, .deals, .buying, .selling, .channels, .outbound, .vouchers, .contents]' <<<"$output")" = \
		'["store",2,{"Completed":1,"Ongoing":1},{},1,1,3,0]' ]
	run --separate-stderr inspect --json provider
	[ "$(jq -S -c '[.deals, .buying, .selling, .channels, .outbound, .vouchers, .contents, .offers]' <<<"$output")" = \
		'[2,{},{"Completed":1,"Ongoing":1},1,0,3,2,2]' ]
	run --separate-stderr inspect --json ledger
	[ "$(jq -c '[.kind, .clock, .epoch, .accounts, .channels]' <<<"$output")" = '["ledger","manual",0,1,1]' ]
}

# INVARIANTS 2, 4, 5, 6, 7, 8, 9, 11, 14, 18, 19 and 20
@test "the invariants of both stores and of the ledger hold at each step of a deal" {
	setup_parties
	make_file f 4M
	offer_file f --interval 512KiB --increase 512KiB --unseal 77afil
	holds provider
	begin_deal
	sent=3
	while [ "$sent" = 3 ]; do
		holds client
		holds provider
		holds ledger
		sent=0
		one_round || sent=$?
	done
	[ "$sent" -eq 0 ]
	[ "$(state client)" = DealStatusCompleted ]
	provider settle -q @ || true
	ledger -q advance 13h
	provider settle -q @ || true
	for folder in client provider ledger; do
		holds $folder
	done
}

# INVARIANTS 15 and 16
@test "blocks that are cut, changed or gone are found by --verify" {
	make_deals
	car=client/blocks/$(json -rs 'map(select(.state == "DealStatusCompleted"))[0].id' client deals list --json).car
	cp "$car" good
	printf X | dd of="$car" bs=1 seek=2000000 conv=notrunc status=none
	breaks client '^broken (15): client deal [0-9]*: block baf.* bytes do not match their CID$'
	head -c 1000000 good >"$car"
	breaks client '^broken (8): client deal [0-9]*: its CAR has 1000000 bytes, but [0-9]* were recorded$'
	rm "$car"
	run -10 --separate-stderr inspect --verify client
	[[ $output == *$'\nbroken (8): client deal '+([0-9])': its blocks are gone' ]]
	[ "$stderr" = "inspect: 'client' lacks content that is not there now: 1 finding" ]
	cp good "$car"
	printf 'left behind by a killed run' >>"$car"
	holds client
}

@test "a channel that holds less than was promised is a lack of money, with the command that ends it, and no damage" {
	setup_parties
	make_file f 100000
	offer_file f
	begin_deal
	finish_deal
	cp -a client older
	make_file f 2M 2000000
	offer_file f
	begin_deal
	one_round || [ "$?" = 3 ]
	client channel export @ >vouchers
	rm -r client && mv older client
	make_file f 2M 3000000 # this deal draws what the older home has forgotten
	offer_file f --interval 2MiB
	begin_deal
	one_round || [ "$?" = 98 ] # the provider has the other vouchers, and does not take this one
	run -0 --separate-stderr client channel import vouchers
	[ "$(json .available client channel list --json)" = 0 ]
	run -4 --separate-stderr inspect --verify client
	[ "$stderr" = "inspect: 'client' has channels that hold less than was promised: 1 finding" ]
	[[ $output =~ 'broken (4): channel f2'[a-z0-9]+': its vouchers promise '[0-9]+' afil, and it holds '[0-9]+' afil, short '[0-9]+' afil: channel add-funds '(f2[a-z0-9]+)' '([0-9]+afil) ]]
	client channel add-funds "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
	run -0 inspect --verify client
}

@test "a store with flipped bytes is never said to hold if a record is damaged, and never crashes" {
	make_deals
	RANDOM=77
	size=$(stat -c %s provider/data.mdb)
	cp provider/data.mdb good
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		cp good provider/data.mdb
		place=$(((RANDOM * 32768 + RANDOM) % size))
		printf '\x5a\xa5\x5a' | dd of=provider/data.mdb bs=1 seek=$place conv=notrunc status=none
		run --separate-stderr timeout 60 inspect --verify provider
		echo "$place: $status: $stderr"
		[[ $status == 0 || $status == 7 || $status == 1 || $status == 8 || $status == 10 ]]
	done
	# a word in a record's value: LMDB does not see it, the record's checksum does
	cp good provider/data.mdb
	offset=$(LC_ALL=C grep -abo all_sent provider/data.mdb | tail -n 1 | cut -d: -f1)
	printf 'X' | dd of=provider/data.mdb bs=1 seek="$offset" conv=notrunc status=none
	run --separate-stderr inspect --verify provider
	[[ $status == [07] ]] # 0 if the word is in a page that is free
}

@test "every recording is shown, and holds together" {
	for deal in "$VECTORS"/*; do
		holds "$deal"
		[ "$(jq -r .kind <<<"$output")" = recording ]
	done
	run --separate-stderr inspect --json "$VECTORS/paid"
	[ "$(jq -c '[.name, .client_frames, .provider_frames, .blocks, .bytes, .payments, .paid, .client_ended]' <<<"$output")" = \
		'["paid",5,16,19,17270,4,"34540","DealStatusCompleted"]' ]
	run --separate-stderr inspect --json "$VECTORS/insufficient-funds"
	[ "$(jq -r .provider_ended <<<"$output")" = DealStatusCompleted ]
}

@test "a recording whose files disagree is found" {
	cp -rL "$VECTORS/paid" good
	chmod -R u+w good
	restore() {
		rm -rf bad
		cp -r good bad
	}
	restore
	printf X | dd of=bad/provider.frames bs=1 seek=1600 conv=notrunc status=none
	breaks bad '^broken: provider.frames: frame 2: a block that it does not announce: bafkrei'
	restore
	cp "$VECTORS/free/content.car" bad/content.car
	breaks bad '^broken: provider.frames: frame 1: a block that is not in content.car: baf'
	restore
	inspect --ls --json good/content.car | jq -r 'select(.block) | .offset' | sed -n 3p >third
	head -c $(($(<third) + 1)) good/content.car >bad/content.car
	breaks bad "^broken: content.car: at byte $(($(<third) - 38)): "
	restore
	{ # frames 2 and 3 exchanged
		head -c 995 good/provider.frames
		part good/provider.frames 2126 2208
		part good/provider.frames 995 1131
		tail -c +4335 good/provider.frames
	} >bad/provider.frames
	breaks bad '^broken: provider.frames: frame 2: a link that is not next in the walk: bafkrei'
	restore
	jq '.client_address = .provider_address' good/meta.json >bad/meta.json
	breaks bad '^broken: client.frames: frame 2: not the client_address of meta.json: f1'
	restore
	jq '.deal_id = 5 | .scenario.price_per_byte = 3' good/meta.json >bad/meta.json
	breaks bad '^broken: client.frames: frame 1: not the price_per_byte of meta.json: 2$'
	breaks bad '^broken: client.frames: frame 3: not the deal_id of meta.json: 1795425765956$'
	restore
	head -c 999 good/client.frames >bad/client.frames
	breaks bad '^broken: meta.json says that the deal completed, but 8000 afil are paid for what costs 34540 afil$'
	restore
	cat good/client.frames good/client.frames >bad/client.frames
	breaks bad '^broken: client.frames: frame 7: the nonce of its voucher does not rise$'
	restore
	sed -i '3s/"bytes":[0-9]*/"bytes":7/' bad/frames.jsonl
	breaks bad '^broken: frames.jsonl: line 3 says 7 bytes, but frame 2 of provider.frames has 1131$'
	restore
	head -c 900 good/client.frames >bad/client.frames
	breaks bad "^broken: client.frames: frame 2: can't be read: stream ends inside a frame"
	restore
	sed -i '$s/"totalSent":[0-9]*/"totalSent":1/' bad/deal.jsonl
	breaks bad '^broken: deal.jsonl ends with totalSent 1, but 17270 bytes were sent$'
	restore
	rm bad/provider.frames
	breaks bad '^broken: provider.frames: No such file or directory$'
}
