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

# setup_parties - a ledger, a client with 1 fil and a provider with nothing; sets CLIENT and PROVIDER to their addresses.
setup_parties() {
	ledger -q init --manual
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
