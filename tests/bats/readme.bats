#!/usr/bin/env bats
# README.md: what it shows is what happens.

bats_require_minimum_version 1.5.0
load common

setup() {
	common_setup
}

@test "every command in README's session says what README says it says" {
	run -0 diff "$BATS_TEST_DIRNAME/../../README.md" <("$BATS_TEST_DIRNAME/../readme")
}

@test "every file that README names is there" {
	cd "$BATS_TEST_DIRNAME/../.."
	grep -oE '`(lib|cmd|man|tests|\.ci)/[A-Za-z0-9_./-]+`' README.md | tr -d '`' >"$BATS_TEST_TMPDIR/paths"
	while read -r path; do
		[[ -e $path ]] || { echo "README names $path" && false; }
	done <"$BATS_TEST_TMPDIR/paths"
}
