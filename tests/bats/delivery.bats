#!/usr/bin/env bats
# delivery: what is delivered is what was verified, whatever became of it where it was kept.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 5M
	offer_file content
	export SERVE="RETRIEVAL_HOME=$PWD/provider serve -q"
}

buy() {
	client retrieve --idle 5s --max-total 0.5fil --via "$SERVE" "$@"
}

# damage OFFSET - change one byte of what the client keeps of its newest deal.
damage() {
	printf '\377' | dd of="client/blocks/$(json .id client deals show @ --json).car" bs=1 seek="$1" conv=notrunc status=none
}

# DATA 7
@test "damage in what is kept is exit 7 with the block, and the next run buys only what follows it" {
	buy -q content.offer -o copy.car
	first=$(json .id client deals show @ --json)
	damage 3000000
	run -7 --separate-stderr buy content.offer -o again.car
	[[ $stderr == "retrieve: the kept blocks of deal $first are damaged: block baf"*" does not match its CID; the next run buys this block and all after it again" ]]
	[ ! -e again.car ]
	run -0 --separate-stderr buy content.offer -o again.car
	[[ ${stderr_lines[0]} == "retrieve: deal "*", with "*" from deal $first" ]]
	cmp content.car again.car
	[ "$(json .bytes client deals show @ --json)" -lt 4000000 ]
}

@test "damage is found by --extract too, and the next run buys what follows it" {
	buy -q content.offer -o copy.car
	damage 3000000
	run -7 --separate-stderr buy content.offer -x out
	[[ $stderr == "retrieve: the kept blocks of deal "*" are damaged: "* ]]
	run -0 --separate-stderr buy content.offer -x out
	cmp content "out/$(json .payload client deals show @ --json)"
}

@test "damage between two runs of one deal is found when the content is delivered" {
	SERVE="$SERVE | stdbuf -o0 head -c 2500000" run -5 --separate-stderr buy content.offer
	damage 1500000
	run -7 --separate-stderr buy content.offer -o copy.car
	[ ! -e copy.car ]
	run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
}

@test "blocks of an open deal that are lost from the store are bought again in the same run, and what is left of them is not" {
	local kept how

	for how in cut emptied removed replaced; do
		rm -rf client copy.car
		SERVE="$SERVE | stdbuf -o0 head -c 2500000" run -5 --separate-stderr buy content.offer
		kept=client/blocks/$(json .id client deals show @ --json).car
		case $how in
			cut) truncate -s 1200000 "$kept" ;;
			emptied) : >"$kept" ;;
			removed) rm "$kept" ;;
			replaced) rm "$kept" && mkdir "$kept" ;;
		esac
		run -0 --separate-stderr buy content.offer -o copy.car
		cmp content.car copy.car
		[ "$(states client deals list --json)" = "1 DealStatusCancelled, 1 DealStatusCompleted" ]
		run -0 client inspect --verify client
		[ "$how" != cut ] || [ "$(json .bytes client deals show @ --json)" -lt 4500000 ]
	done
}

@test "receive-blocks names the deal whose blocks are lost, and the way out" {
	begin_deal
	one_round || [ $? = 3 ]
	provider send-blocks -q --deal @ -o more.frames || [ $? = 3 ]
	id=$(json .id client deals show @ --json)
	truncate -s 100 "client/blocks/$id.car"
	run -7 --separate-stderr client receive-blocks more.frames
	[[ $stderr == "receive-blocks: the blocks of deal $id are lost: '$PWD/client/blocks/$id.car' has less than "*" bytes"$'\n'"receive-blocks: hint: deals cancel $id" ]]
	client deals cancel -q "$id" -o cancel.frames
	run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
}

@test "receive-blocks delivers no damaged block either" {
	begin_deal
	finish_deal
	rm copy.car
	damage 3000000
	run -7 --separate-stderr client receive-blocks paid.frames -o copy.car
	[[ $stderr == *" are damaged: block baf"* ]]
	[ ! -e copy.car ]
}

@test "what is kept and gone is said to be gone, and --again buys the content once more" {
	buy -q content.offer -o copy.car
	rm client/blocks/*.car
	run -10 --separate-stderr buy content.offer -o again.car
	[[ $stderr == "retrieve: the kept blocks of deal "*" are gone: there is no '"*"'; --again buys the content once more" ]]
	run -10 --separate-stderr buy content.offer -x out
	[[ $stderr == "retrieve: the kept blocks of deal "*" are gone: "* ]]
	run -0 --separate-stderr buy --again content.offer -o again.car
	cmp content.car again.car
}

@test "a payload that is its own CID is a CAR of a root alone" {
	xxd -r -p <<<1fa265726f6f747381d82a4b000155000668656c6c6f0a6776657273696f6e01 >identity.car
	provider offer -q set identity.car >identity.offer
	run -0 --separate-stderr buy identity.offer -o copy.car
	cmp identity.car copy.car
	run -0 inspect --verify copy.car
}

@test "a disk that is too small for the content is told before anything is paid" {
	[ "$(id -u)" = 0 ] || skip "only root may mount a small file system"
	mkdir client.small
	mount -t tmpfs -o size=4m,mode=700 none client.small || skip "no tmpfs can be mounted"
	run --separate-stderr env RETRIEVAL_HOME="$PWD/client.small" RETRIEVAL_KEY="$PWD/client.key" \
		retrieve --max-total 0.5fil --via "$SERVE" content.offer -o copy.car
	vouchers=$(RETRIEVAL_HOME=$PWD/client.small channel list --json)
	umount client.small
	[ "$status" = 10 ]
	[[ $stderr == *"no room in "* ]]
	[ -z "$vouchers" ]
}
