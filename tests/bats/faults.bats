#!/usr/bin/env bats
# Faults: every step tool is killed, or a system call of it fails; see tests/faults, and tests/faults --all for each call.

load common

setup() {
	common_setup
}

# faults STEP... - some calls of those steps.
faults() {
	command -v strace >/dev/null || skip "strace is not here"
	BUILD=${PATH%%/bin:*} run -0 "$BATS_TEST_DIRNAME/../faults" "$@"
	[[ $output != skipped:* ]] || skip "$output"
	[[ ${lines[-1]} =~ ^[1-9][0-9]*\ passed,\ 0\ failed$ ]]
}

@test "a proposal that is killed or hits a full disk is made by running it again" {
	faults propose
}

@test "a verdict on a proposal that is killed or hits a full disk is given by running it again" {
	faults accept hear
}

# MONEY 9
@test "a channel that is killed while it opens is funded once" {
	faults open
}

# INVARIANT 27
@test "funds that are killed on their way are added once" {
	faults add-funds
}

# MONEY 12
@test "blocks that are killed on their way out are sent again, and billed once" {
	faults send1 send2
}

@test "blocks that are killed on their way in are kept once" {
	faults receive1 go-on receive2 end
}

@test "a voucher whose maker is killed is one voucher" {
	faults pay1 pay2
}

# MONEY 11
@test "a payment whose judge is killed is credited once" {
	faults credit1 credit2
}

# SETTLE 2
@test "settling that is killed goes on, and is paid once" {
	faults settle collect
}
