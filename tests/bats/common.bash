# common.bash - what the bats files share: an environment of its own, two parties, reproducible files.
#
#   load common
#   setup() { common_setup; setup_parties; }
#
# shellcheck shell=bash
bats_require_minimum_version 1.5.0

# common_setup - the tools in front of PATH; nothing of the caller's settings left; all state below BATS_TEST_TMPDIR.
common_setup() {
	local repository build variable

	repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	build=${BUILD:-build}
	[[ $build == /* ]] || build=$repository/$build
	for variable in "${!RETRIEVAL_@}" "${!XDG_@}"; do
		unset "$variable"
	done
	unset SOCAT_PEERADDR TCPREMOTEIP REMOTE_ADDR REMOTE_HOST SSH_CONNECTION SSH_CLIENT
	export PATH="$build/bin:$build/tests/filters:$PATH" HOME="$BATS_TEST_TMPDIR" LC_ALL=C TZ=UTC
	export RETRIEVAL_LEDGER="$BATS_TEST_TMPDIR/ledger" RETRIEVAL_CLOCK=1700000000
	cd "$BATS_TEST_TMPDIR" || return
	set -o pipefail
}

# client COMMAND..., provider COMMAND... - run a command as that party.
client() {
	RETRIEVAL_HOME="$BATS_TEST_TMPDIR/client" RETRIEVAL_KEY="$BATS_TEST_TMPDIR/client.key" "$@"
}
provider() {
	RETRIEVAL_HOME="$BATS_TEST_TMPDIR/provider" RETRIEVAL_KEY="$BATS_TEST_TMPDIR/provider.key" "$@"
}

# address_of KEY - the address of a key file.
address_of() {
	local line

	line=$(keygen --show --json --key "$1" 2>/dev/null) || return
	[[ $line =~ \"address\":\"([^\"]*)\" ]] && printf '%s\n' "${BASH_REMATCH[1]}"
}

# json [-OPTIONS] FILTER COMMAND... - what jq's FILTER makes of the output of COMMAND; jq's OPTIONS are -r if none are given.
# If either fails, "exit N: COMMAND", which no test wants: "$(json ...)" hides no failure.
json() {
	local options=-r filter out

	[[ $1 != -* ]] || { options=$1 && shift; }
	filter=$1
	shift
	out=$("$@") && out=$(jq "$options" "$filter" <<<"$out") || out="exit $?: $*"
	printf '%s\n' "$out"
}

# count COMMAND... - the number of lines in the output of COMMAND, or "exit N: COMMAND".
count() {
	local out=0 lines

	lines=$("$@") || out="exit $?: $*"
	[ -z "$lines" ] || [ "$out" != 0 ] || out=$(wc -l <<<"$lines")
	printf '%s\n' "$out"
}

# states COMMAND... - how many of the deals that COMMAND lists as JSON are in each state: "2 DealStatusCancelled, 1 DealStatusCompleted".
states() {
	json -rs 'group_by(.state) | map("\(length) \(.[0].state)") | join(", ")' "$@"
}

# wait_until COMMAND... - wait until COMMAND succeeds, for 30 s at most.
wait_until() {
	local _

	for _ in {1..600}; do
		! "$@" || return 0
		sleep 0.05 # a condition of any sort: nothing tells when it comes true
	done
	echo "in 30 s this was never so: $*"
	return 1
}

# lines_in FILE N - FILE has at least N lines.
lines_in() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

# part FILE FROM LENGTH - LENGTH bytes of FILE, from byte FROM (the first is 0) on.
part() {
	head -c "$3" < <(tail -c +$(($2 + 1)) "$1")
}

# base64url FILE - as every tool's -a prints it.
base64url() {
	local text

	text=$(basenc --base64url -w 0 "$1") || return
	printf '%s\n' "${text//=/}"
}

# setup_parties [OPTION...] - a ledger, a client with 1 fil and a provider with nothing; sets CLIENT and PROVIDER to their
# addresses. The options are for ledger init.
setup_parties() {
	ledger -q init --manual "$@"
	keygen -q --seed 1 -o client.key
	keygen -q --seed 2 -o provider.key
	CLIENT=$(address_of client.key)
	PROVIDER=$(address_of provider.key)
	export CLIENT PROVIDER
	ledger -q fund "$CLIENT" 1fil
}

# make_file PATH SIZE [FROM] - bytes that never repeat and are the same each time; SIZE as head -c takes it: 1000, 1M, 64M.
# The text of the numbers from FROM (1) on: another FROM gives another file.
make_file() {
	head -c "$2" < <(seq "${3:-1}" 9999999999 2>/dev/null) >"$1"
}
