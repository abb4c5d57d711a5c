#!/usr/bin/env bats
# cars: CARs and DAGs as they are in the wild. What can be read is read, what can't is named; one exit code for one fact,
# whichever tool meets it.

load common

setup() {
	common_setup
	setup_parties
	CARS=$BATS_TEST_DIRNAME/../data/cars
}

# judged NAME INSPECT OFFER PACK WORDS - the exit codes of three tools for one CAR; who fails says WORDS, a pattern.
judged() {
	local name=$1 words=$5 car=$CARS/$1.car

	rm -rf out made
	mkdir made
	run --separate-stderr timeout 10 inspect --verify "$car"
	echo "$name: inspect $status: $stderr"
	[ "$status" -eq "$2" ]
	[ "$status" -eq 0 ] || [[ $stderr == *$words* ]]
	run --separate-stderr provider timeout 10 offer set -q "$car"
	echo "$name: offer $status: $stderr"
	[ "$status" -eq "$3" ]
	[ "$status" -eq 0 ] || [[ $stderr == "offer: "*$words* ]]
	run --separate-stderr timeout 10 pack -q -x "$car" -o made/out
	echo "$name: pack $status: $stderr"
	[ "$status" -eq "$4" ]
	[ "$status" -eq 0 ] || [[ $stderr == "pack: "*$words* ]]
	[ "$status" -eq 0 ] || [ -z "$(ls -A made)" ]
}

@test "a CAR that lacks a block is not whole: exit 1, and the block is named" {
	judged part 1 1 1 bafkreihcldjer7njjrrxknqh67cestxa7s7jf4nhnp62y6k4twcbahvtc4
	judged folder-lacks-leaf 1 1 1 bafkreibiho4553yc42cdvp5vhdx2d3fhbaa33ctqdq7zqgi6ci2jmm4si4
}

@test "a block is found by its hash, whatever version and codec its CID in the CAR has, and costs what the offer says" {
	judged cid-twins 0 0 0 ''
	[ "$(cat made/out/a)$(cat made/out/b)" = hellohello ]
	provider offer set -q "$CARS/cid-twins.car" >twins.offer
	client retrieve -q --max-total 1fil --via "RETRIEVAL_HOME=$PWD/provider serve -q" twins.offer -x out
	diff -r made/out out/*
	[ "$(json .vouchers client channel list --json)" = "$(json .cost inspect --json twins.offer)" ]
	run -0 inspect --verify client
	run -0 inspect --verify provider
}

@test "a CAR that is cut off is malformed: exit 6" {
	local size

	for size in 30 70 130; do
		head -c $size "$CARS/data-first-folder.car" >cut.car
		CARS=. judged cut 6 6 6 ''
		[[ $stderr == "pack: cannot read './cut.car': ends too early" ]]
	done
}

@test "a block that does not match its CID is an integrity failure: exit 7" {
	cp "$CARS/data-first-folder.car" bad.car
	printf X | dd of=bad.car bs=1 seek=190 conv=notrunc status=none
	CARS=. judged bad 7 7 7 'match'
	[[ $stderr == "pack: block bafkrei"*": bytes do not match their CID" ]]
}

@test "Data before Links is read as well as Links before Data" {
	judged data-first-file 0 0 0 ''
	[ "$(cat made/out)" = "hello world" ]
	judged data-first-folder 0 0 0 ''
	[ "$(cat made/out/hello.txt)" = hello ]
}

@test "a link may name any hash and any codec; what can't be had is named" {
	judged link-blake3 1 1 2 ''
	run -1 --separate-stderr inspect --verify "$CARS/link-blake3.car"
	[[ $stderr == *"block bafkr4i"*" is missing (its hash is blake3 (0x1e))" ]]
	run -1 --separate-stderr provider offer set "$CARS/link-blake3.car"
	[[ $stderr == "offer: '"*"/link-blake3.car': the DAG is not whole: block bafkr4i"*" (its hash is blake3 (0x1e), which is not computed here)" ]]
	judged block-sha2-512 1 1 2 ''
	run -1 --separate-stderr inspect --verify --json "$CARS/block-sha2-512.car"
	[[ $stderr == *"block 2, at byte 241, bafkrgq"*": its hash is sha2-512 (0x13), which is not computed here"* ]]
	[ "$(jq -c '[.verified, .blocks, .below_roots]' <<<"$output")" = '[false,2,2]' ]
	judged unknown-codec 1 1 2 ''
	run -1 --separate-stderr inspect --verify --json "$CARS/unknown-codec.car"
	[[ $stderr == *"its codec is dag-json (0x129), which is not read here"* ]]
	[ "$(jq -c '[.verified, .blocks, .below_roots]' <<<"$output")" = '[false,3,3]' ]
}

@test "sections that can't be read or judged do not keep the others from being used" {
	judged unknown-hash-outside 1 0 0 'block 2, at byte 138, bafkr4i'
	[ "$(cat made/out)" = hello ]
	judged unknown-section 6 0 0 "block 1, at byte 60: its CID can't be read"
	[ "$(cat made/out)" = hello ]
	run -6 --separate-stderr inspect --ls --json "$CARS/unknown-section.car"
	[ "$(jq -c '[.block, .offset, .blocks]' <<<"$output")" = '[null,60,null]
["bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq",137,null]
[null,null,2]' ]
}

@test "zeros behind the last block are padding; anything behind them is said" {
	judged padding 0 0 0 ''
	run -0 inspect --json "$CARS/padding.car"
	[ "$(jq -c '[.blocks, .padding]' <<<"$output")" = '[1,64]' ]
	judged zeros-and-more 6 6 6 'a section of length 0'
}

@test "a CAR without a root, or with two, is shown; what is used of it has to be said" {
	judged no-roots 0 2 2 'has no roots: name the root'
	judged two-roots 0 2 2 'has 2 roots: name the one'
	inspect --json "$CARS/two-roots.car" >shown
	for root in $(jq -r '.roots[]' shown); do
		run -0 --separate-stderr pack -q -x --root "$root" "$CARS/two-roots.car" -o "$root"
		[ -s "$root" ]
		run -0 --separate-stderr provider offer set --root "$root" "$CARS/two-roots.car"
		[[ $stderr == "offer: $root, "* ]]
	done
	provider offer list --json >shown
	[ "$(jq -s length shown)" -eq 2 ]
	inspect --ls --json "$CARS/no-roots.car" >shown
	root=$(jq -r '.block // empty' shown)
	run -0 --separate-stderr pack -q -x --root "$root" "$CARS/no-roots.car" -o there
	[ "$(stat -c %s there)" -eq 6 ]
	run -1 --separate-stderr pack -q -x --root bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku "$CARS/no-roots.car" -o not
	[[ $stderr == *" is not whole: block bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku is missing" ]]
	[ ! -e not ]
}

@test "text that is not UTF-8 may stand in content" {
	judged text-not-utf8 0 0 2 'not made of files and folders of UnixFS'
}

@test "a block that does not decode is named with the reason and the place, by whoever meets it" {
	judged cbor-key-twice 6 6 2 ''
	run -6 --separate-stderr inspect --verify "$CARS/cbor-key-twice.car"
	[[ $stderr == *": it is no valid dag-cbor: duplicate key, at byte 6 of 7 of the block" ]]
	run -6 --separate-stderr provider offer set "$CARS/cbor-indefinite.car"
	[[ $stderr == *": it is no valid dag-cbor: wrong type, at byte 0 of 3 of the block" ]]
	judged links-around-data 6 6 6 'it is no valid dag-pb: Links stand before and after Data, at byte '
}

@test "UnixFS that contradicts itself is sound dag-pb, and what is wrong with the file is said" {
	judged sizes-disagree 0 0 6 'its UnixFS sizes or fields contradict each other'
	judged name-leads-out 0 0 6 "it has a name that can't be the name of a file"
	client retrieve -q --max-total 0.1fil --via "RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key serve -q" \
		<(provider offer set -q "$CARS/name-leads-out.car") -o copy.car
	run -0 inspect --verify copy.car
	run -6 --separate-stderr client retrieve --via false <(provider offer get @) -x out
	[ "$stderr" = "retrieve: $(json -r '.roots[0]' inspect --json copy.car) can't be extracted: it has a name that can't be the name of a file: use -o to get its CAR" ]
	run -0 client retrieve -q --via false <(provider offer get @) -o again.car
	cmp copy.car again.car
}

@test "a CAR of another version, and a CARv2 that lies about its file, are said to be so" {
	judged version-3 6 6 6 'version that is neither 1 nor 2'
	judged v2-outside 6 6 6 'a CARv2 whose header names places that the file does not have'
	run -6 --separate-stderr inspect --verify "$CARS/v2-ends-inside.car"
	[[ $stderr == *"is cut off: it ends inside block 1, at byte "* ]]
	judged v2-ends-inside 6 6 6 ''
	judged section-too-long 6 6 6 'above 8 MiB'
}

@test "dag-pb that is no UnixFS is sound, and is no file" {
	judged no-unixfs 0 0 2 'not made of files and folders of UnixFS alone (bafybei'
}

@test "a root that carries its own bytes is a CAR, and comes out" {
	judged identity-root 0 0 0 ''
	[ "$(stat -c %s made/out)" -eq 6 ]
}

@test "a DAG that folds onto itself is seen through at once: whole, but not for sale, and not unpacked" {
	local name

	for name in fold-2-28 fold-cbor; do
		judged $name 0 6 2 ''
		run -6 --separate-stderr provider offer set "$CARS/$name.car"
		[ "$stderr" = "offer: '$(readlink -f "$CARS/$name.car")': its blocks link to each other so often that no client could walk all links" ]
	done
	judged fold-file 0 6 10 ''
	[[ $stderr == "pack: cannot write 'made/out': there is no room for its 3185049600000 bytes (files and folders: 1)" ]]
	judged fold-empty-file 0 6 6 ''
	[[ $stderr == "pack: "*" has more links than its files need: blocks are linked again and again" ]]
	judged fold-folder 0 6 6 ''
	[[ $stderr == "pack: "*" unpacks to 47446779661 files and folders, more than the 1000000 that --max-files allows" ]]
	judged fold-shard 0 6 6 ''
	inspect --verify --json "$CARS/fold-cbor.car" >shown
	[ "$(jq -r .links shown)" = 47446779661 ]
}

@test "what is refused by --max-size or --max-files is refused before anything is written" {
	mkdir made
	run -6 --separate-stderr pack -x --max-size 1MiB "$CARS/fold-file.car" -o made/out
	[[ $stderr == "pack: "*" unpacks to 3185049600000 bytes, more than the 1048576 that --max-size allows" ]]
	[ ! -e made/out ]
	run -6 --separate-stderr pack -x --max-size 5B "$CARS/data-first-folder.car" -o made/out
	run -6 --separate-stderr pack -x --max-files 1 "$CARS/data-first-folder.car" -o made/out
	[[ $stderr == *" unpacks to 2 files and folders, more than the 1 that --max-files allows" ]]
	[ -z "$(ls -A made)" ]
	run -6 --separate-stderr pack -x --max-size 1MiB "$CARS/fold-file.car"
	[ -z "$output" ]
	run -0 --separate-stderr pack -x --max-size 6B --max-files 2 "$CARS/data-first-folder.car" -o made/out
	[ "$(cat made/out/hello.txt)" = hello ]
}

@test "a folder that can't be made whole leaves nothing behind, and the same command says the same again" {
	local name

	mkdir made
	for name in "symlink 2 not made of files" "name-twice 6 has a name twice" "folder-lacks-leaf 1 is not whole"; do
		# shellcheck disable=SC2086 # words
		set -- $name
		for _ in 1 2; do
			run --separate-stderr pack -x "$CARS/$1.car" -o made/out
			[ "$status" -eq "$2" ]
			[[ $stderr == "pack: "*"${name#"$1 $2 "}"* ]]
			[ -z "$(ls -A made)" ]
		done
	done
	# the second file is damaged: the first one was written, and goes again
	mkdir folder
	make_file folder/a 3M
	make_file folder/b 3M 5000
	pack -q folder -o folder.car
	printf X | dd of=folder.car bs=1 seek=5000000 conv=notrunc status=none
	for _ in 1 2; do
		run -7 --separate-stderr pack -x folder.car -o made/out
		[ -z "$(ls -A made)" ]
	done
}

@test "a file is never longer than its root says" {
	judged file-lies 0 0 6 'block bafkrei'
}
