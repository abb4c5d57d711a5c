#!/usr/bin/env bats

load common
load common_deal

setup() {
	common_setup
	setup_parties
	mounted=()
}

teardown() {
	local folder

	for folder in "${mounted[@]}"; do
		umount "$folder" || chmod 700 "$folder"
	done
}

# only_readable FOLDER... - nothing can be written there, as on a read-only mount.
only_readable() {
	local folder

	for folder; do
		if [ "$(id -u)" -ne 0 ]; then
			chmod 500 "$folder"
			chmod 400 "$folder"/*.mdb
		else
			mount --bind "$folder" "$folder" 2>/dev/null || skip "no mounts here"
			mount -o remount,ro,bind "$folder"
		fi
		mounted+=("$folder")
	done
}

bought() {
	make_file data 100000
	offer_file data --price 2afil --interval 64KiB --increase 0
	begin_deal
	finish_deal
}

@test "a store and a ledger on a read-only mount can be looked at" {
	bought
	only_readable client ledger
	client deals
	client deals show @
	client channel list
	client channel show @
	client channel vouchers @
	client settle --plan
	client make-voucher -n --deal @
	client inspect --verify client
	ledger balance
	ledger log
	ledger check
}

@test "what would change a store or a ledger on a read-only mount is refused, and says why" {
	bought
	only_readable client ledger
	run --separate-stderr ledger fund "$CLIENT" 1fil
	[ "$status" -eq 10 ]
	[ -z "$output" ]
	[ "$stderr" = 'ledger: can only be read here' ]
	run --separate-stderr client make-voucher --deal @
	[ "$status" -eq 10 ]
	[ -z "$output" ]
	[[ $stderr == *'Read-only file system' || $stderr == *'Permission denied' ]]
}

@test "a proposal is tried out with a home that can only be read" {
	bought
	only_readable client
	run --separate-stderr client propose -n --max-total 1fil content.offer
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

# older_wins FILE - make LMDB believe in its older header page, as one flipped bit does.
older_wins() {
	local file=$1 first second at

	first=$(od -An -t u8 -j 144 -N 8 "$file") second=$(od -An -t u8 -j $((4096 + 144)) -N 8 "$file")
	at=$((first < second ? 144 : 4096 + 144))
	printf '\x01' | dd of="$file" bs=1 seek=$((at + 2)) conv=notrunc status=none
}

@test "a store that a flipped bit set back by one transaction is damaged, and not the store of a moment ago" {
	bought
	older_wins client/data.mdb
	run --separate-stderr client make-voucher --deal @
	[ "$status" -eq 7 ]
	[ -z "$output" ]
	[[ $stderr == "make-voucher: cannot open the store in '$PWD/client': "* ]]
	run --separate-stderr client inspect --verify client
	[ "$status" -eq 7 ]
	[[ $stderr == *client* ]]
}

@test "a ledger that a flipped bit set back by one transaction is damaged" {
	bought
	older_wins ledger/data.mdb
	run --separate-stderr ledger balance
	[ "$status" -eq 7 ]
	[ -z "$output" ]
	[[ $stderr == *"$PWD/ledger"* ]]
	run --separate-stderr client channel list
	[ "$status" -eq 7 ]
	[ -z "$output" ]
	run --separate-stderr inspect --verify ledger
	[ "$status" -eq 7 ]
}

@test "a ledger is not taken for a home, nor a home for a ledger" {
	bought
	run --separate-stderr env RETRIEVAL_HOME="$PWD/ledger" RETRIEVAL_KEY="$PWD/provider.key" \
		offer set content.car --price 2afil --interval 64KiB --increase 0
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "$stderr" = "offer: cannot open the store in '$PWD/ledger': this folder is a ledger, not the home of a party" ]
	run --separate-stderr env RETRIEVAL_HOME="$PWD/ledger" deals
	[ "$status" -eq 2 ]
	run --separate-stderr env RETRIEVAL_LEDGER="$PWD/client" ledger balance
	[ "$status" -eq 2 ]
	[ "$stderr" = "ledger: cannot open the ledger in '$PWD/client': this folder is the home of a party, not a ledger" ]
	run --separate-stderr env RETRIEVAL_LEDGER="$PWD/client" ledger init
	[ "$status" -eq 2 ]
	run --separate-stderr client env RETRIEVAL_LEDGER="$PWD/provider" channel list
	[ "$status" -eq 2 ]
	[ "$stderr" = "channel: cannot open the ledger in '$PWD/provider': this folder is the home of a party, not a ledger" ]
	ledger check
	client inspect --verify client
}

@test "two ledgers are never the same, unless they are made with the same seed" {
	run -0 ledger -q init --manual --ledger a
	run -0 ledger -q init --manual --ledger b
	run -0 ledger -q init --manual --ledger c --seed 5
	run -0 ledger -q init --manual --ledger d --seed 5
	run cmp a/data.mdb b/data.mdb
	[ "$status" -eq 1 ]
	cmp c/data.mdb d/data.mdb
}
