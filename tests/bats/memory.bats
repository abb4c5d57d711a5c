#!/usr/bin/env bats
# memory - one allocation fails, each in turn: a report is whole, or the exit code says that it is not.

load common
load common_deal

bats_require_minimum_version 1.5.0

setup() {
	common_setup
	SHIM=$(dirname "$(command -v gather)")/../shims/nomem.so
	[ -e "$SHIM" ] || skip "no shim: the sanitizers have an allocator of their own"
	cp "$SHIM" nomem.so # a space would end its name in LD_PRELOAD
	setup_parties
	make_file content 100K
	offer_file content
	begin_deal
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
}

# each_allocation PARTY COMMAND... - run the command with allocation 1, 2, ... failing, until none is left to fail.
each_allocation() {
	local party=$1 n code failed=0 good=0
	shift
	"$party" "$@" >whole 2>/dev/null
	for ((n = 1; good < 25 && n < 2000; n++)); do
		code=0
		LD_PRELOAD=./nomem.so NOMEM=$n "$party" "$@" >said 2>why || code=$?
		case $code in
		0) cmp said whole || { echo "allocation $n of $*: exit 0, and another report" && return 1; } ;;
		10) [ -s why ] || { echo "allocation $n of $*: exit 10 without a word" && return 1; } ;;
		*) echo "allocation $n of $*: exit $code: $(head -n 1 why)" && return 1 ;;
		esac
		if [ "$code" = 0 ]; then good=$((good + 1)); else good=0 failed=$((failed + 1)); fi
	done
	[ "$failed" -gt 5 ] || { echo "$*: $failed allocations failed" && return 1; }
}

@test "deals: a report is whole or the tool ends with 10" {
	each_allocation client deals show @ --json
	each_allocation client deals show @
	each_allocation client deals list --json
}

@test "channel and ledger: a report is whole or the tool ends with 10" {
	each_allocation client channel list --json
	each_allocation client ledger log --json
	each_allocation client ledger balance --json
}

@test "offer and keygen: a report is whole or the tool ends with 10" {
	each_allocation provider offer list --json
	each_allocation provider offer list
	each_allocation client keygen --show --json
}

@test "inspect: a report is whole, and no damage is found, or the tool ends with 10" {
	each_allocation client inspect --json content.car
	each_allocation client inspect 3.frames
	each_allocation client inspect --verify client
}
