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

# full_disk FOLDER... - FOLDERs lie on a small disk, and nothing more fits there.
full_disk() {
	[ "$(id -u)" = 0 ] || skip "only root may mount a small file system"
	mkdir small
	mount -t tmpfs -o size=3m,mode=700 none small || skip "no tmpfs can be mounted"
	mounted+=(small)
	mv "$@" small/
	dd if=/dev/zero of=small/filling bs=1k status=none 2>/dev/null || true
}

@test "a failed write names the store, the ledger or the file that it was for, and the reason" {
	make_file data 100000
	offer_file data --price 2afil --interval 64KiB --increase 0
	begin_deal
	provider send-blocks -q --deal @ -o blocks.frames || [ $? = 3 ]
	# shellcheck disable=SC2086 # the words of a command
	for command in "propose --max-total 0.4fil content.offer" "channel add-funds @ 5afil" \
		"deals cancel @ -o cancel.frames"; do
		run -10 --separate-stderr client prlimit --fsize=8192 $command
		[ "$stderr" = "${command%% *}: cannot write to '$PWD/client': File too large" ]
	done
	# shellcheck disable=SC2086
	for command in "advance 1h" "fund $(address_of client.key) 1fil"; do
		run -10 --separate-stderr prlimit --fsize=8192 ledger $command
		[ "$stderr" = "ledger: cannot write to '$PWD/ledger': File too large" ]
	done
	run -10 --separate-stderr client prlimit --fsize=8192 receive-blocks blocks.frames
	[[ $stderr == "receive-blocks: a block can't be written to '$PWD/client/blocks/"*".car': File too large"* ]]
	run -10 --separate-stderr prlimit --fsize=8192 pack data -o data.car
	[ "$stderr" = "pack: cannot write 'data.car': File too large" ]
}

@test "a store that finds no room for its locks is no damage" {
	bought
	full_disk client
	run -10 --separate-stderr ledger init --ledger small/other
	[ "$stderr" = "ledger: cannot make the ledger in 'small/other': No space left on device" ]
	: >small/client/lock.mdb
	dd if=/dev/zero of=small/rest bs=1k status=none 2>/dev/null || true
	run -10 --separate-stderr env RETRIEVAL_HOME="$PWD/small/client" RETRIEVAL_KEY="$PWD/client.key" propose --max-total 1fil content.offer
	[ "$stderr" = "propose: cannot open the store in '$PWD/small/client': No space left on device" ]
	rm small/filling small/rest
	RETRIEVAL_HOME=$PWD/small/client RETRIEVAL_KEY=$PWD/client.key propose -q --max-total 1fil content.offer >1.frames
}
