#!/usr/bin/env bats
# What a signal leaves on the disk: nothing, or after kill -9 something that the next run removes.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	strace -o /dev/null -e trace=write -e inject=write:error=EIO:when=999 true 2>/dev/null || skip "strace can't be used"
	export RETRIEVAL_MAX_TOTAL=1fil TMPDIR=$PWD/tmp
	SERVE="RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key serve -q"
	mkdir tmp work folder
	for i in {1..20}; do
		make_file "folder/$i" 3000 "$i"
	done
	pack -q folder -o folder.car
}

# at CALL N SIGNAL COMMAND... - run COMMAND, which gets SIGNAL at its N-th system call CALL.
at() {
	strace -qq -o trace -e trace="$1" -e inject="$1:signal=$3:when=$2" "${@:4}"
}

# nothing_left - the folders that tools write to are empty.
nothing_left() {
	[ -z "$(ls -A work)$(ls -A tmp)" ]
}

@test "a signal ends pack -x and leaves nothing of its folder" {
	for signal in TERM INT HUP; do
		for n in 3 15; do
			run -$((128 + $(kill -l "$signal"))) --separate-stderr at write "$n" "$signal" pack -x folder.car -o work/out
			nothing_left
		done
	done
}

@test "a signal ends retrieve -x and leaves nothing of its folder" {
	provider offer -q set folder.car >folder.offer
	client retrieve -q --via "$SERVE" folder.offer -o copy.car
	for signal in TERM INT HUP; do
		run -$((128 + $(kill -l "$signal"))) --separate-stderr client at write 10 "$signal" retrieve -q --via "$SERVE" folder.offer -x work
		nothing_left
	done
	client retrieve -q --via "$SERVE" folder.offer -x work
	diff -r folder work/*
}

@test "a signal that is ignored, as below nohup, ends nothing" {
	export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" # the leak check does not work below strace
	run -0 bash -c 'trap "" HUP; '"$(declare -f at)"'; at write 3 HUP pack -qx folder.car -o work/out'
	diff -r folder work/out
}

@test "a signal ends replay and leaves no scratch folder" {
	recording=$BATS_TEST_DIRNAME/../data/vectors/deals/blake2b
	run -143 at fdatasync 5 TERM replay -q "$recording"
	nothing_left
}

@test "what kill -9 leaves of a folder is removed by the next run there" {
	run -137 at write 10 KILL pack -x folder.car -o work/out
	[ "$(ls -A work)" = .retrieval-tmp-0 ]
	pack -qx folder.car -o work/out
	[ "$(ls -A work)" = out ]
	run -137 at write 10 KILL pack -x folder.car -o work/other
	pack -q folder -o work/a.car
	cmp work/a.car folder.car
	pack -q folder -o work/a.car # in the place of an older one: this needs a name
	[ "$(ls -A work)" = $'a.car\nout' ]
}

@test "what another process is still making is left alone" {
	mkdir work/.retrieval-tmp-0
	exec 9<work/.retrieval-tmp-0
	flock 9
	pack -qx folder.car -o work/out
	[ "$(ls -A work)" = $'.retrieval-tmp-0\nout' ]
	exec 9<&-
	pack -qx folder.car -o work/other
	[ "$(ls -A work)" = $'other\nout' ]
}

@test "kill -9 leaves nothing of a file, whenever it comes" {
	echo older >work/a.car
	for call in write fsync linkat rename; do
		run -137 at "$call" 1 KILL pack -q folder -o work/a.car
		[ "$call" != rename ] || [ "$(ls -A work)" = $'.retrieval-tmp-0\na.car' ]
		[ "$call" = rename ] || [ "$(ls -A work)" = a.car ]
		[ "$(<work/a.car)" = older ]
	done
	pack -q folder -o work/a.car
	cmp work/a.car folder.car
	[ "$(ls -A work)" = a.car ]
}

@test "kill -9 of keygen leaves no key without its name" {
	run -137 at linkat 1 KILL keygen -q --seed 3 -o work/key
	[ -z "$(ls -A work)" ]
	keygen -q --seed 3 -o work/key
	[ "$(ls -A work)" = key ]
}
