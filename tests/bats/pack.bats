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
	[ "$(jq -r '"\(.root[0:7]) \(.size) \(.blocks)"' <<<"$output")" = "bafybei 3000000 4" ]
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
	head -c $(($(stat -c %s f.car) - 402887)) f.car >short.car
	run --separate-stderr pack -x short.car -o copy
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ $stderr == "pack: 'short.car' is not whole: block bafkrei"*" is missing" ]]
	[ ! -e copy ]
	head -c 2000000 f.car >cut.car
	run --separate-stderr pack -x cut.car -o copy
	[ "$status" -eq 6 ]
	[ "$stderr" = "pack: cannot read 'cut.car': ends too early" ]
	[ ! -e copy ]
}

# some_folder DIR - files of several sizes, one empty, one twice, names with spaces, and a folder with nothing in it.
some_folder() {
	mkdir -p "$1/sub/deep" "$1/nothing"
	make_file "$1/a.txt" 3M
	make_file "$1/sub/b" 300
	cp "$1/a.txt" "$1/sub/deep/the same"
	: >"$1/zero"
	echo x >"$1/sub/é"
	echo hidden >"$1/.hidden"
}

@test "a folder is packed as ipfs-car packs it, and comes back" {
	mkdir -p site/sub/deep
	seq 100000 >site/a.txt
	: >site/zero
	seq 400000 >site/sub/big
	cp site/sub/big site/sub/deep/copy
	echo hi >'site/sub/A name with spaces é'
	echo x >site/.hidden
	run --separate-stderr pack site -o site.car
	[ "$stderr" = "pack: bafybeig6gl2wrj275ckvztm2zasn2dypr4ta6lk6y3jp7ben77hv4z2qaq" ] # that of ipfs-car 3.1.0
	run --separate-stderr pack --hidden site/ -o hidden.car
	[ "$stderr" = "pack: bafybeidj7j6q5owmpw3lxkidgbbuqocaimwxawbxt5kihpzwcm6iit5nm4" ]
	run -0 inspect --verify site.car
	[[ $output == *"walk order: yes"* ]]
	run -0 --separate-stderr pack -x hidden.car -o back
	diff -r site back
	run -0 --separate-stderr pack -x site.car -o less
	[ ! -e less/.hidden ]
}

@test "folders with nothing in them, with odd shapes of DAGs, and on standard output" {
	some_folder folder
	for shape in --chunk-size=1000B --width=2 --hash=blake2b-256; do
		rm -rf back
		pack -q "$shape" --hidden folder >folder.car
		inspect -q --verify folder.car
		pack -q -x folder.car -o back
		diff -r folder back
	done
	mkdir empty
	pack -q empty -o empty.car
	pack -q -x empty.car -o out
	[ -d out ] && [ -z "$(ls -A out)" ]
	(cd folder && pack -q . -o ../dot.car)
	pack -q folder -o folder.car
	cmp dot.car folder.car
}

@test "what is neither file nor folder, or too large for a node, is named" {
	mkdir -p folder/sub
	ln -s nowhere folder/sub/link
	run -2 --separate-stderr pack folder -o x.car
	[ "$stderr" = "pack: 'folder/sub/link' is neither a file nor a folder" ]
	rm folder/sub/link
	mkfifo folder/pipe
	run -2 --separate-stderr pack folder -o x.car
	[ "$stderr" = "pack: 'folder/pipe' is neither a file nor a folder" ]
	rm folder/pipe
	(cd folder/sub && seq 100000 105500 | xargs touch)
	run -2 --separate-stderr pack folder -o x.car
	[ "$stderr" = "pack: 'folder/sub' has too many names in it for one node" ]
	[ ! -e x.car ]
}

@test "a folder comes out of a CAR under a new name only, and never on standard output" {
	some_folder folder
	pack -q folder -o folder.car
	run -2 --separate-stderr pack -x folder.car
	[ "$stderr" = "pack: 'folder.car' holds a folder: -o DIR is needed" ]
	run -2 --separate-stderr pack -x folder.car -o -
	[ "$stderr" = "pack: 'folder.car' holds a folder: -o DIR is needed" ]
	[ -z "$output" ]
	run -10 --separate-stderr pack -x folder.car -o folder
	[ "$stderr" = "pack: 'folder' exists already: a folder needs a new name" ]
	run -10 --separate-stderr pack -x folder.car -o not/there
	[ "$stderr" = "pack: cannot write 'not/there': No such file or directory" ]
}

@test "sharded folders are unpacked, and what is no UnixFS is refused" {
	data=$BATS_TEST_DIRNAME/../data/vectors/traversal
	run -0 --separate-stderr pack -x "$data/hamt-directory.car" -o shards
	[ "$(count find shards -type f)" = 60 ]
	[ -s shards/file-059.txt ]
	run -0 --separate-stderr pack -x "$data/directory.car" -o tree
	cmp tree/sub/b.bin tree/sub/same-as-b.bin
	run -2 --separate-stderr pack -x "$data/dag-cbor-chain.car" -o copy
	[[ $stderr == "pack: '$data/dag-cbor-chain.car' is not made of files and folders of UnixFS alone (bafy"* ]]
	[ ! -e copy ]
}

# folder_of NAME - a CAR of a folder with one entry, an empty file, under that name.
folder_of() {
	local name=$1 leaf node hash hex

	leaf=$(printf '' | openssl dgst -sha256 | sed 's/.* //')
	hex=$(printf %s "$name" | xxd -p)
	# a link: hash (36 bytes), name, size 0; then the data: type 1, a folder
	node=$(printf '12%02x0a2401551220%s12%02x%s18000a020801' $((36 + 2 + 2 + ${#name} + 2)) "$leaf" ${#name} "$hex")
	hash=$(xxd -r -p <<<"$node" | openssl dgst -sha256 | sed 's/.* //')
	xxd -r -p <<-end
		3aa265726f6f747381d82a58250001701220${hash}6776657273696f6e01
		$(printf %02x $((36 + ${#node} / 2)))01701220$hash$node
		2401551220$leaf
	end
}

@test "a name that leads out of its folder is refused" {
	folder_of good >good.car
	run -0 --separate-stderr pack -x good.car -o out
	[ -f out/good ]
	for name in .. . a/b ../x '' /etc/x; do
		folder_of "$name" >bad.car
		rm -rf out
		run -6 --separate-stderr pack -x bad.car -o out
		[ -z "$(ls -A out)" ]
		[ ! -e x ]
	done
}

@test "the defaults give the roots that ipfs-car gives" {
	make_file one 1048577
	run -0 --separate-stderr pack one -o one.car
	[ "$stderr" = "pack: bafybeieyjzf4waaoplp7dzzwlbqkihai5df2cp7j43drbludszoq6dbmpu" ]
	make_file five 5000000
	run -0 --separate-stderr pack five -o five.car
	[ "$stderr" = "pack: bafybeias7xdj4iyn3mabeqk76geogorhjvtzeococf2brdd64l2mgjq5ue" ]
}
