#!/usr/bin/env bats
# What a user, a disk or a stranger may hand to a tool: never a crash, never a wrong word, never wrong money.

load common
load common_deal

setup() {
	# What a sanitizer finds is no clean exit.
	export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}exitcode=125" UBSAN_OPTIONS=exitcode=125
	common_setup
	setup_parties
}

TOOLS="propose validate send-blocks receive-blocks make-voucher settle keygen ledger channel offer query deals inspect pack"

# ready_deal - a deal that waits for its first payment: 3.frames has been received, 4.frames would pay.
ready_deal() {
	make_file big 3M
	offer_file big
	begin_deal
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	client receive-blocks -q 3.frames -o copy.car || [ $? = 3 ]
}

# limited PARTY COMMAND... - run it as that party, for at most 20 s.
limited() {
	local party=$1

	shift
	"$party" timeout 20 "$@"
}

# no_signal CODE - it ended by itself.
no_signal() {
	[ "$1" -lt 126 ]
}

@test "--help and --version to a full disk do not succeed" {
	[ -e /dev/full ] || skip "no /dev/full"
	for tool in $TOOLS; do
		code=0
		"$tool" --version >/dev/full 2>/dev/null || code=$?
		[ "$code" = 10 ]
		code=0
		"$tool" --help >/dev/full 2>/dev/null || code=$?
		[ "$code" = 10 ]
	done
}

@test "no tool says that all is well when its output is full" {
	[ -e /dev/full ] || skip "no /dev/full"
	ready_deal
	for command in "client propose --max-total 0.5fil content.offer" "provider validate 1.frames" "provider send-blocks --deal @" \
		"client make-voucher --deal @" "client make-voucher --print --deal @" "client deals list" "client deals show @" \
		"client channel list" "client channel show @" "client channel lanes @" "client channel vouchers @" "provider offer list" \
		"inspect 1.frames" "query bafkqaaa" "pack big" "ledger head" "ledger log" "ledger balance $CLIENT"; do
		code=0
		# shellcheck disable=SC2086 # the words of a command
		$command >/dev/full 2>err || code=$?
		[ "$code" = 10 ] || { echo "$command: exit $code: $(cat err)" && false; }
	done
	# what was signed for the full disk is the voucher that is printed afterwards
	client make-voucher -q --deal @ -o 4.frames
	client make-voucher -q --deal @ -o 5.frames
	cmp 4.frames 5.frames
	[ "$(count client channel vouchers @ --json)" = 1 ]
}

@test "closed descriptors never reach the store, whatever they are" {
	ready_deal
	for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
		for command in "client propose --max-total 0.5fil content.offer" "provider validate 1.frames" "provider validate" \
			"provider send-blocks --deal @" "client make-voucher --deal @" "client receive-blocks 3.frames" "client deals list" \
			"client channel list" "provider settle --plan @" "ledger head" "inspect 1.frames"; do
			code=0
			eval "$command $closed" >/dev/null 2>/dev/null || code=$?
			no_signal "$code" || { echo "$command $closed: exit $code" && false; }
			code=0
			(eval "exec $closed"; $command) || code=$?
			no_signal "$code" || { echo "$command with $closed: exit $code" && false; }
		done
	done
	run -0 ledger check
	client make-voucher -q --deal @ -o 4.frames
	provider validate -q 4.frames -o 5.frames
	finish_deal
	[ "$(state client)" = DealStatusCompleted ]
	cmp content.car copy.car
}

@test "odd locales, time zones and terminals change nothing that is written" {
	make_file small 5000
	offer_file small
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	LANG=xx_YY.broken LC_ALL=xx TZ=Nowhere/Never TERM=dumb COLUMNS=0 NO_COLOR=1 client propose -q --max-total 0.5fil content.offer -o 1b.frames
	cmp 1.frames 1b.frames
	provider validate -q 1.frames -o 2.frames
	LC_ALL=tr_TR.UTF-8 LANG=de_DE.UTF-8 TZ=:bad client validate -q 2.frames
	LC_ALL=de_DE.UTF-8 client channel -q open --deal @
	finish_deal
	[ "$(state client)" = DealStatusCompleted ]
}

@test "a home that others can read is refused, and so is a key" {
	ready_deal
	chmod 755 client
	run -2 --separate-stderr client make-voucher --deal @
	[[ $stderr == *"chmod 700"* ]]
	chmod 700 client
	chmod 644 client.key
	run -2 --separate-stderr client make-voucher --deal @
	[[ $stderr == *"chmod 600"* ]]
	chmod 600 client.key
	mv client.key real.key
	ln -s real.key client.key
	run -2 --separate-stderr client make-voucher --deal @
	rm client.key
	: >client.key
	chmod 600 client.key
	run -7 --separate-stderr client make-voucher --deal @
	printf 'secp256k1 %064d\n' 0 >client.key
	run -7 --separate-stderr client make-voucher --deal @
	printf 'secp256k1 fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141\n' >client.key
	run -7 --separate-stderr client make-voucher --deal @
	mv real.key client.key
	client make-voucher -q --deal @ -o 4.frames
}

@test "a home that can't be written gives an error, and loses nothing" {
	[ "$(id -u)" != 0 ] || skip "root writes everywhere"
	ready_deal
	chmod 500 client
	chmod 400 client/data.mdb client/lock.mdb
	code=0
	client make-voucher --deal @ -o 4.frames 2>err || code=$?
	no_signal "$code"
	[ "$code" != 0 ]
	chmod 700 client
	chmod 600 client/data.mdb client/lock.mdb
	client make-voucher -q --deal @ -o 4.frames
}

@test "frames of garbage are refused without a trace" {
	ready_deal
	before=$(client deals show @ --json; provider deals show @ --json)
	: >empty
	printf '\0' >zero
	printf '\377\377\377\377\377\377\377\377\377\1' >long
	printf '\200\200\200\2\241' >large
	printf '\5\241' >cut
	printf '\201\0\240' >not-minimal
	head -c 3000 /dev/urandom >random
	head -c 100 3.frames >half
	head -c 2097152 /dev/zero | tr '\0' '\201' >deep
	for file in empty zero long large cut not-minimal random half deep; do
		for command in "client validate" "provider validate" "client receive-blocks" "provider send-blocks" \
			"client query --answers"; do
			code=0
			# shellcheck disable=SC2086 # the words of a command
			limited $command "$file" >out 2>err || code=$?
			[[ $code == [56] ]] || { echo "$command $file: exit $code: $(cat err)" && false; }
		done
		code=0
		inspect "$file" >out 2>err || code=$?
		no_signal "$code"
	done
	[ "$before" = "$(client deals show @ --json; provider deals show @ --json)" ]
}

@test "a stream cut after any byte is no harm: with the whole one the deal goes on" {
	make_file small 3000
	pack -q --chunk-size 1KiB small -o content.car
	provider offer -q set content.car >content.offer
	begin_deal
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	size=$(stat -c %s 3.frames)
	for ((n = 1; n < size; n += 61)); do
		code=0
		head -c "$n" 3.frames >cut.frames
		client receive-blocks -q -o copy.car <cut.frames 2>err || code=$?
		[[ $code == [035] ]] || { echo "after $n bytes: exit $code: $(cat err)" && false; }
	done
	client receive-blocks -q 3.frames -o copy.car || [ $? = 3 ]
	client make-voucher -q --deal @ -o 4.frames
	provider validate -q 4.frames -o 5.frames
	client receive-blocks -q 5.frames
	[ "$(state client)" = DealStatusCompleted ]
	cmp content.car copy.car
}

# damage FILE SEED - other bytes in four places that SEED names.
damage() {
	local size at

	size=$(stat -c %s "$1")
	RANDOM=$2
	for _ in 1 2 3 4; do
		at=$(((RANDOM << 15 | RANDOM) % size))
		printf '%b' "\\x$(printf '%02x' $((RANDOM % 256)))\\x$(printf '%02x' $((RANDOM % 256)))" |
			dd of="$1" bs=1 seek="$at" conv=notrunc status=none
	done
}

# store_is_safe WHERE - each tool ends by itself; what it says it has done is what it would do with a sound store.
store_is_safe() {
	local command code

	for command in "client deals list" "client channel list" "client make-voucher -q --deal @ -o out.frames" \
		"client receive-blocks -q 3.frames" "client propose -q --max-total 0.5fil content.offer" \
		"provider deals show @" "provider offer list" "provider send-blocks -q --deal @ -o sent.frames" \
		"provider validate -q 4.frames -o answer.frames" "ledger check" "ledger balance $CLIENT" "provider settle -n @"; do
		code=0
		# shellcheck disable=SC2086 # the words of a command
		if [[ $command == ledger* ]]; then
			timeout 20 $command >out 2>err || code=$?
		else
			limited $command >out 2>err || code=$?
		fi
		# LMDB itself trusts its file; the tools turn its fall into exit 7, a sanitizer does not let them.
		[ "$code" -lt 124 ] || grep -q 'liblmdb' err || { echo "$1: $command: exit $code: $(cat err)" && return 1; }
		[ "$code" = 0 ] || continue
		case $command in
		*make-voucher*) cmp out.frames 4.frames ;;
		*validate*) cmp answer.frames 5.frames ;;
		"ledger balance"*) cmp out balance.txt ;;
		esac || { echo "$1: $command: wrong money" && return 1; }
	done
}

# sound_stores - a deal whose first payment is signed but not judged; the three stores in good/, and what they give.
sound_stores() {
	ready_deal
	client make-voucher -q --deal @ -o 4.frames
	mkdir good
	cp -a client provider ledger good
	provider validate -q 4.frames -o 5.frames
	ledger balance "$CLIENT" >balance.txt
}

# restore_stores - as they were.
restore_stores() {
	rm -rf client provider ledger
	cp -a good/. .
}

@test "garbage in place of a store is an error, never a crash" {
	sound_stores
	for store in client provider ledger; do
		restore_stores
		head -c 100000 /dev/urandom >$store/data.mdb
		store_is_safe "$store random"
		: >$store/data.mdb
		store_is_safe "$store empty"
		head -c 5000 good/$store/data.mdb >$store/data.mdb
		store_is_safe "$store cut"
		head -c 200000 /dev/zero >$store/data.mdb
		store_is_safe "$store zeros"
		restore_stores
		head -c 8192 /dev/urandom >$store/lock.mdb
		store_is_safe "$store lock"
	done
}

@test "bytes flipped anywhere in a store make no crash and no wrong money" {
	sound_stores
	for ((seed = 1; seed <= ${FLIPS:-45}; seed++)); do
		restore_stores
		stores=(client provider ledger)
		store=${stores[seed % 3]}
		size=$(stat -c %s "$store/data.mdb")
		used=$(($(stat -c %b "good/$store/data.mdb") * 512))
		truncate -s "$((used < size ? used : size))" "$store/data.mdb"
		damage "$store/data.mdb" "$seed"
		truncate -s "$size" "$store/data.mdb"
		store_is_safe "$store, seed $seed"
	done
}

@test "many processes on one store and one ledger lose no update and pay once" {
	ready_deal
	for i in 1 2 3 4 5 6 7 8; do
		client make-voucher -q --deal @ -o "v$i.frames" 2>"err$i" &
	done
	wait
	for i in 2 3 4 5 6 7 8; do
		cmp v1.frames "v$i.frames"
	done
	[ "$(count client channel vouchers @ --json)" = 1 ]
	for i in 1 2 3 4 5 6; do
		provider validate -q "v$i.frames" -o "p$i.frames" 2>"err$i" &
		client receive-blocks -q 3.frames 2>/dev/null &
	done
	wait
	for i in 2 3 4 5 6; do
		cmp p1.frames "p$i.frames"
	done
	[ "$(json .received provider deals show @ --json)" = "$(json .spent client deals show @ --json)" ]
	finish_deal
	[ "$(state client)" = DealStatusCompleted ]
	cmp content.car copy.car
	run -0 ledger check
}

@test "proposing, opening and funding from many processes at once makes one deal and one channel" {
	make_file small 5000
	offer_file small
	client propose -q --max-total 0.5fil content.offer -o 0.frames
	for i in 1 2 3 4 5 6; do
		client propose -q --max-total 0.5fil content.offer -o "$i.frames" &
	done
	wait
	for i in 1 2 3 4 5 6; do
		cmp 0.frames "$i.frames"
	done
	provider validate -q 0.frames -o 2.frames
	client validate -q 2.frames
	for i in 1 2 3 4; do
		client channel -q open --deal @ >/dev/null 2>"err$i" &
	done
	wait
	client channel -q open --deal @
	[ "$(count client channel list --json)" = 1 ]
	[ "$(json -s 'map(select(.what == "create")) | length' ledger log --json)" = 1 ]
	run -0 ledger check
	finish_deal
	[ "$(state client)" = DealStatusCompleted ]
}

@test "words from the other side reach a terminal without its control characters" {
	make_file small 100
	offer_file small
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	code=0
	sed 's/RetrievalDealResponse/Retrieval\x1b[31mResponse/' 2.frames >steering
	client validate steering 2>err || code=$?
	no_signal "$code"
	run -1 grep $'\x1b' err
}
