#!/usr/bin/env bats
# pack: a file into a CAR in walk order, and back.

load common

setup() {
	common_setup
	VECTORS=$BATS_TEST_DIRNAME/../data/vectors/deals
}

# root_of FILE... - the CID that pack says, from its one line on standard error.
root_of() {
	local line

	line=$(pack "$@" -o packed.car 2>&1) || return
	printf '%s\n' "${line#pack: }"
}

@test "the root of a packed file is the one that the original programs gave" {
	local deal meta chunk width hash

	for deal in blake2b duplicate-blocks free insufficient-funds no-data paid rejected-price single-block unseal-price; do
		meta=$VECTORS/$deal/meta.json
		chunk=$(jq -r .scenario.chunk "$meta")
		width=$(jq -r .scenario.links_per_level "$meta")
		hash=sha2-256
		[ "$deal" != blake2b ] || hash=blake2b-256
		run --separate-stderr pack --chunk-size "${chunk}B" --width "$width" --hash $hash -o out.car "$VECTORS/$deal/payload.bin"
		[ "$status" -eq 0 ]
		[ -z "$output" ]
		[ "$stderr" = "pack: $(jq -r .root "$meta")" ]
		cmp out.car "$VECTORS/$deal/content.car"
	done
}

@test "the default profile gives one raw leaf up to 1 MiB, and a node above more" {
	: >f0
	head -c 100 /dev/zero >f100
	head -c 1048576 /dev/zero >f1m
	head -c 1048577 /dev/zero >f1m1
	[ "$(root_of f0)" = bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku ]
	[[ $(root_of f100) == bafkrei* ]]
	[[ $(root_of f1m) == bafkrei* ]]
	[[ $(root_of f1m1) == bafybei* ]]
}

@test "what was packed comes back byte for byte, at every size around a chunk" {
	local size

	for size in 1 999 1000 1001 7999 8000 8001 100000; do
		make_file f $size
		pack -q --chunk-size 1000B --width 8 f -o f.car
		run --separate-stderr pack -x f.car -o copy
		[ "$status" -eq 0 ]
		[ -z "$output" ]
		[[ $stderr == "pack: baf"*": $size bytes" ]]
		cmp f copy
		inspect --verify f.car --json >verified
		[ "$(jq .walk_order verified)" = true ]
	done
}

@test "an empty file is packed, and comes back empty" {
	: >empty
	pack -q empty -o empty.car
	pack -q -x empty.car -o copy
	[ -e copy ]
	[ ! -s copy ]
}

@test "standard input gives the same CAR as the file" {
	make_file f 5M
	pack -q f -o f.car
	run -0 --separate-stderr pack -q -o piped.car - < <(cat f)
	[ -z "$stderr" ]
	cmp f.car piped.car
	pack -q - <f >redirected.car
	cmp f.car redirected.car
}

@test "repeated content is written once" {
	head -c 8M /dev/zero >zeros
	pack -q zeros -o zeros.car
	[ "$(stat -c %s zeros.car)" -lt 1100000 ]
	pack -q -x zeros.car | cmp - zeros
}

@test "memory stays flat whatever the size" {
	[ "$BUILD" = "${BUILD%asan*}" ] || skip "the sanitizer needs its own memory"
	truncate -s 300M big
	(
		ulimit -v 150000
		pack -q big -o big.car
	)
	[ -s big.car ]
}

@test "--json says root, size and blocks when the CAR goes to a file" {
	make_file f 3000000
	run --separate-stderr pack --json f -o f.car
	[ "$status" -eq 0 ]
	[ "$(jq -r '.root[0:7], .size, .blocks' <<<"$output" | tr '\n' ' ')" = "bafybei 3000000 4 " ]
}

@test "a CARv1 with dag-pb leaves and CIDv0 is unpacked too" {
	pack -q -x "$VECTORS/cidv0/content.car" -o copy
	cmp copy "$VECTORS/cidv0/payload.bin"
}

@test "a damaged block is an integrity failure that names it, and leaves no file" {
	make_file f 2500000
	pack -q f -o f.car
	printf X | dd of=f.car bs=1 seek=2000000 conv=notrunc status=none
	run --separate-stderr pack -x f.car -o copy
	[ "$status" -eq 7 ]
	[ -z "$output" ]
	[[ $stderr == "pack: block bafkrei"*" of 'f.car': bytes do not match their CID" ]]
	[ ! -e copy ]
}

@test "a CAR that lacks a block is not whole, and leaves no file" {
	make_file f 2500000
	pack -q f -o f.car
	head -c $(($(stat -c %s f.car) - 402888)) f.car >short.car
	run --separate-stderr pack -x short.car -o copy
	[ "$status" -eq 5 ]
	[[ $stderr == "pack: "*"short.car"* ]]
	[ ! -e copy ]
}

@test "a folder is refused, and so is a CAR of one" {
	mkdir folder
	run --separate-stderr pack folder -o folder.car
	[ "$status" -eq 2 ]
	[ "$stderr" = "pack: 'folder' is a folder: only single files can be packed, for now" ]
	# dag-pb, UnixFS type 1 (directory), no links: 0a 02 08 01
	{
		printf '\x38\xa2eroots\x81\xd8\x2a\x58\x23\x00\x12\x20'
		printf '\x0a\x02\x08\x01' | openssl dgst -sha256 -binary
		printf 'gversion\x01\x26\x12\x20'
		printf '\x0a\x02\x08\x01' | openssl dgst -sha256 -binary
		printf '\x0a\x02\x08\x01'
	} >empty-folder.car
	run --separate-stderr pack -x empty-folder.car -o copy
	[ "$status" -eq 2 ]
	[[ $stderr == "pack: 'empty-folder.car' holds no single file"* ]]
	[ ! -e copy ]
}

@test "unpacking wants a file, not a pipe" {
	make_file f 1000
	pack -q f -o f.car
	run --separate-stderr pack -x - < <(cat f.car)
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "$stderr" = "pack: '-' must be a file: blocks are read out of order" ]
}

@test "sizes out of range, unknown hashes and missing units are wrong usage" {
	: >f
	run --separate-stderr pack --chunk-size 4MiB f
	[ "$status" -eq 2 ]
	[ "$stderr" = "pack: --chunk-size must be from 1B to 3MiB: a block has to fit a frame" ]
	run --separate-stderr pack --chunk-size 1000 f
	[ "$status" -eq 2 ]
	run --separate-stderr pack --width 1 f
	[ "$status" -eq 2 ]
	[ "$stderr" = "pack: --width must be from 2 to 8192" ]
	run --separate-stderr pack --hash md5 f
	[ "$status" -eq 2 ]
	[ "$stderr" = "pack: hash 'md5' is neither sha2-256 nor blake2b-256" ]
	run --separate-stderr pack
	[ "$status" -eq 2 ]
}

@test "a file that is not there, or is no CAR, is said so" {
	run --separate-stderr pack nowhere -o x.car
	[ "$status" -eq 10 ]
	[ "$stderr" = "pack: cannot open 'nowhere': No such file or directory" ]
	[ ! -e x.car ]
	make_file f 1000
	run --separate-stderr pack -x f -o copy
	[ "$status" -eq 6 ]
	[ "$stderr" = "pack: cannot read 'f': not a CAR" ]
}

@test "the defaults give the roots that ipfs-car gives" {
	make_file one 1048577
	run -0 --separate-stderr pack one -o one.car
	[ "$stderr" = "pack: bafybeieyjzf4waaoplp7dzzwlbqkihai5df2cp7j43drbludszoq6dbmpu" ]
	make_file five 5000000
	run -0 --separate-stderr pack five -o five.car
	[ "$stderr" = "pack: bafybeias7xdj4iyn3mabeqk76geogorhjvtzeococf2brdd64l2mgjq5ue" ]
}
