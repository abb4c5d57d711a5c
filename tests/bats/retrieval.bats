#!/usr/bin/env bats
# The front end: finds a tool and becomes it.

# shellcheck disable=SC2154 # stderr and stderr_lines are set by run
bats_require_minimum_version 1.5.0
load common

setup() {
	common_setup
	bin=$(dirname "$(command -v retrieval)")
}

@test "retrieval TOOL becomes that tool, with its arguments and its exit code" {
	run -0 --separate-stderr retrieval keygen --version
	[[ $output == 'keygen (retrieval) '* ]]
	[[ -z $stderr ]]
	run -2 --separate-stderr retrieval keygen --no-such-option
	[[ -z $output ]]
	[[ $stderr == "keygen: unknown option '--no-such-option'"* ]]
}

@test "retrieval --version says the version" {
	run -0 --separate-stderr retrieval --version
	[[ $output =~ ^retrieval\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	[[ -z $stderr ]]
}

@test "retrieval without arguments, and its help, list every tool" {
	run -0 --separate-stderr retrieval
	for tool in "$bin"/*; do
		[[ ${tool##*/} == retrieval || $output == *"  ${tool##*/}"* ]]
	done
	listed=$output
	run -0 --separate-stderr retrieval help
	[[ $output == "$listed" ]]
	[[ -z $stderr ]]
}

@test "the list of the tools says what each does, in the words of its page" {
	run -0 --separate-stderr retrieval help
	for tool in "$bin"/*; do
		tool=${tool##*/}
		[ "$tool" != retrieval ] || continue
		text=$(sed -n 's/^\.Nd //p' "$BATS_TEST_DIRNAME/../../man/man1/$tool.1")
		grep -qE "^  $tool +$text$" <<<"$output" || { echo "$tool: $text" && false; }
	done
}

@test "retrieval help TOOL shows the tool's own help where there is no terminal" {
	run -0 --separate-stderr retrieval help keygen
	[[ $output == "$(keygen --help)" ]]
	[[ -z $stderr ]]
}

@test "retrieval path is a line for the shell, whatever the folder is called" {
	mkdir "it's here"
	cp "$bin/retrieval" "$bin/receive-blocks" "$bin/keygen" "it's here/"
	run -0 --separate-stderr "./it's here/retrieval" path
	PATH=/usr/bin:/bin
	eval "$output"
	[[ $(command -v keygen) == "$BATS_TEST_TMPDIR/it's here/keygen" ]]
}

@test "output that cannot be written is not success" {
	run -10 bash -c 'retrieval help > /dev/full'
}

@test "the demo runs to its end" {
	run -0 --separate-stderr "$BATS_TEST_DIRNAME/../demo"
	[[ $output == *'    the same'* ]]
	[[ -z $stderr ]]
}
