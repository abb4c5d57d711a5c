# common_kill.bash - a command that is killed at each of its writes, and run again.
#
# shellcheck shell=bash

# killed CALL NUMBER COMMAND... - run COMMAND, and kill it at that call; false if it makes no such call.
killed() {
	local call=$1 number=$2 code=0

	shift 2
	strace -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$number" "$@" >/dev/null 2>&1 || code=$?
	[ "$code" = 137 ]
}

# at_each_call STEP FINISH - kill the command STEP at each of its writes, each time from the state of now, and then run FINISH.
at_each_call() {
	local call number kills=0 step=$1 finish=$2

	command -v strace >/dev/null || skip "strace is not here"
	strace -o /dev/null true 2>/dev/null || skip "ptrace is forbidden here"
	rm -rf state
	mkdir state
	cp -a client provider ledger state
	for call in pwrite64 pwritev fdatasync msync; do
		for ((number = 1; number < 40; number++)); do
			"$step" "$call" "$number" || break
			kills=$((kills + 1))
			"$finish" || return
			rm -r client provider ledger
			cp -a state/* .
		done
	done
	[ "$kills" -ge 4 ]
}
