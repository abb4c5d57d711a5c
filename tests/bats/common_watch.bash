# common_watch.bash - a watcher in the background: settle --watch.
#
#   teardown() { stop_watch; }
#
# shellcheck shell=bash

# watch SIDE [OPTION...] - start the watcher of client or provider; sets WATCH. What it tells is in watch.log and watch.err.
watch() {
	local side=$1

	shift
	: >watch.log
	: >watch.err
	RETRIEVAL_HOME=$PWD/$side RETRIEVAL_KEY=$PWD/$side.key settle --watch "$@" >watch.log 2>watch.err 3>&- &
	WATCH=$!
}

# stop_watch - end it as a service manager does; its exit code must be 0.
stop_watch() {
	local pid=${WATCH-}

	[ -n "$pid" ] || return 0
	WATCH=
	kill -TERM "$pid"
	wait "$pid"
}

# told N - wait until it has told N events on standard output.
told() {
	wait_until lines_in watch.log "$1"
}

# asleep - it has looked, and sleeps: its lock is there, and neither store nor ledger is open.
asleep() {
	local open

	open=$(find "/proc/$WATCH/fd" -printf '%l\n' 2>/dev/null) || return
	[[ $open == */watching* && $open != *.mdb* ]]
}

# sleeps - how often it has gone to sleep, at least.
sleeps() {
	awk '/^voluntary/ { print $2 }' "/proc/$WATCH/status"
}

# slept_since N - it has slept several times since sleeps gave N, and sleeps again.
slept_since() {
	[ "$(sleeps)" -ge $(($1 + 6)) ] && asleep
}

# look_again - wait until it has looked a few times more.
look_again() {
	wait_until slept_since "$(sleeps)"
}
