#!/usr/bin/env bats
# The units that are installed: as far as they can be tried without a running systemd.

load common
load common_deal

setup() {
	common_setup
	repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
}

teardown() {
	[ -z "${listener-}" ] || kill "$listener"
}

# units - the units as make install makes them, in ./units; the programs are where they say.
units() {
	local unit name tools

	tools=$(dirname "$(command -v serve)")
	mkdir units libexec
	ln -s "$tools" libexec/retrieval
	for unit in "$repository"/cmd/*/*.{service,socket,timer}.in; do
		name=${unit##*/}
		sed "s|@libexecdir@|$PWD/libexec|g" "$unit" >"units/${name%.in}"
	done
}

# setting UNIT NAME - the value of a setting in a unit.
setting() {
	sed -n "s/^$2=//p" "units/$1"
}

@test "systemd has nothing to say against the units" {
	command -v systemd-analyze || skip "systemd is not here"
	units
	for unit in units/*; do
		SYSTEMD_UNIT_PATH=$PWD/units: run -0 systemd-analyze verify --man=no "$PWD/$unit"
		[ -z "$output" ]
	done
	run -0 systemd-analyze calendar "$(setting retrieval-settle.timer OnCalendar)"
}

@test "each service is exposed as little as can be: at most 1.5 of 10" {
	command -v systemd-analyze || skip "systemd is not here"
	units
	for unit in units/*.service; do
		run -0 systemd-analyze security --offline=true --threshold=15 "$PWD/$unit"
		[[ $(<"$unit") == *$'\nProtectSystem=strict\n'* ]]
		[ "$(setting "${unit#*/}" User)" = retrieval ]
	done
	grep -q '^u retrieval ' "$repository/cmd/serve/retrieval.sysusers"
}

# system_calls SET - the names in a set of systemd's, one a line.
system_calls() {
	local name

	while read -r name; do
		case $name in
		@*) [ "$name" = "$1" ] || system_calls "$name" ;;
		'#'* | '') ;;
		*) echo "$name" ;;
		esac
	done < <(systemd-analyze syscall-filter "$1")
}

# not_allowed TRACE - which system calls of the trace the services may not make.
not_allowed() {
	sed -nE 's/^([0-9]+ +)?([a-z0-9_]+)\(.*/\2/p' "$1" | sort -u >made
	system_calls @system-service | sort -u >all
	system_calls @privileged | sort -u >privileged
	comm -23 all privileged | comm -23 made -
}

@test "a whole deal and its settling make no system call that the services forbid" {
	command -v systemd-analyze || skip "systemd is not here"
	strace -o /dev/null true 2>/dev/null || skip "strace can't be used"
	[ -z "${SANITIZE-}" ] || skip "sanitizers make calls of their own"
	units
	for unit in units/*.service; do
		filter=$(setting "${unit#*/}" SystemCallFilter)
		[ "${filter//$'\n'/ }" = '@system-service ~@privileged' ]
	done
	setup_parties
	make_file data 3000
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
	client retrieve -q --max-total 0.5fil --via "RETRIEVAL_HOME='$PWD/provider' RETRIEVAL_KEY='$PWD/provider.key' \
		exec strace -f -qq -o serve.trace serve -q --settle" content.offer -o copy.car
	cmp content.car copy.car
	ledger -q advance 12h
	provider strace -f -qq -o settle.trace settle -q --keep-open
	[ -s serve.trace ]
	[ -s settle.trace ]
	[ -z "$(not_allowed serve.trace)" ]
	[ -z "$(not_allowed settle.trace)" ]
	[ "$(json .balance ledger balance --json "$PROVIDER")" = 9000 ]
}

@test "a socket starts the service as the unit says: the deal is served, settled, and each line names the client" {
	command -v systemd-socket-activate || skip "systemd is not here"
	command -v socat || skip "socat is not here"
	units
	[ "$(setting retrieval-serve.socket Accept)" = yes ]
	setup_parties
	# the place of all that is the service's own
	mkdir -m 700 state
	mv provider.key state/key
	mkdir -p etc/retrieval
	echo "ledger = $RETRIEVAL_LEDGER" >etc/retrieval/config
	provider() { RETRIEVAL_HOME=$PWD/state RETRIEVAL_KEY=$PWD/state/key "$@"; }
	make_file data 3000
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
	[ "$(setting retrieval-serve@.service Environment)" = "RETRIEVAL_HOME=/var/lib/retrieval XDG_CONFIG_HOME=/etc" ]
	read -ra command <<<"$(setting retrieval-serve@.service ExecStart)"
	port=$((20000 + RANDOM % 10000))
	env -i PATH="$PATH" systemd-socket-activate --listen=127.0.0.1:$port --inetd --accept \
		-E RETRIEVAL_HOME="$PWD/state" -E XDG_CONFIG_HOME="$PWD/etc" -E REMOTE_ADDR=192.0.2.7 "${command[@]}" 2>journal 3>&- &
	listener=$!
	wait_until grep -q Listening journal
	run -0 --separate-stderr client retrieve --idle 5s --max-total 0.5fil --via "socat - TCP:127.0.0.1:$port" \
		content.offer -o copy.car
	cmp content.car copy.car
	wait_until grep -q "settling: 9000 afil" journal
	[[ $(<journal) == *"serve: 192.0.2.7: deal "*" Completed "* ]]
	[ "$(grep -c '^serve: ' journal)" = "$(grep -c '^serve: 192.0.2.7: ' journal)" ]
}
