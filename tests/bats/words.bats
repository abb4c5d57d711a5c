#!/usr/bin/env bats
# Calls that are refused, or answered with a word: the tables of tests/cli, a file for each tool.
#
# A line of a table is one of
#
#   # ...            a comment
#   @setup COMMAND   done before the first case
#   $ COMMAND        a case begins: a line of bash, run as the client, with nothing on standard input
#   > OUTPUT         a line of the standard output that is wanted
#   ! ERROR          a line of the standard error that is wanted
#   ? STATUS         the exit status that is wanted; the case ends
#
# What is wanted is all of the output, and nothing where nothing is wanted.
# In it * stands for any text, of several lines too, and $NAME for a variable
# of the environment. A setup may use what common.bash and common_deal.bash have.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	TABLES=$BATS_TEST_DIRNAME/../cli
	export RETRIEVAL_HOME=$PWD/client RETRIEVAL_KEY=$PWD/client.key
	# What a sanitizer finds is no clean exit.
	export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}exitcode=125" UBSAN_OPTIONS=exitcode=125
}

# pattern TEXT - TEXT as a pattern of [[ ]], in which only * is special.
pattern() {
	local text=$1 name

	while [[ $text =~ \$([A-Z_]+) ]]; do
		name=${BASH_REMATCH[1]}
		text=${text//"\$$name"/"${!name-(unset)}"}
	done
	# shellcheck disable=SC2001 # a class of characters
	sed 's/[^*A-Za-z0-9]/\\&/g' <<<"$text"
}

# like WHAT WANTED GOT - is GOT as WANTED? If not, says so.
like() {
	local patterns newline=$'\n'

	patterns=$(pattern "$2") || return
	patterns=${patterns//\\$newline/$newline}
	# shellcheck disable=SC2053 # a pattern
	[[ $3 != $patterns ]] || return 0
	printf '  %s wanted: %s\n  %s came:   %s\n' "$1" "${2:-(nothing)}" "$1" "${3:-(nothing)}"
}

# judge FILE:LINE COMMAND STATUS OUTPUT ERROR - run one case; prints what is wrong with it.
judge() {
	local status=0 complaints

	(eval "$2") >out.log 2>err.log </dev/null || status=$?
	complaints=$(
		like "exit status" "$3" "$status"
		like "stdout" "$4" "$(tr -d '\0' <out.log)"
		like "stderr" "$5" "$(tr -d '\0' <err.log)"
	)
	[ -z "$complaints" ] || printf '%s: $ %s\n%s\n' "$1" "$2" "$complaints"
}

# table FILE - run every case of the table; fails, after the last, if one was not as wanted.
table() {
	local line number=0 cases=0 begun="" command="" out="" err="" wrong=""

	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		case $line in
		"" | "#"*) ;;
		"@setup "*) eval "${line#@setup }" </dev/null || { echo "$1:$number: the setup failed: $line" && return 1; } ;;
		"$ "*)
			[ -z "$begun" ] || { echo "$1:$begun: a case without an exit status" && return 1; }
			begun=$number command=${line#"$ "} out="" err=""
			;;
		"> "* | ">") out+=${out:+$'\n'}${line:2} ;;
		"! "* | "!") err+=${err:+$'\n'}${line:2} ;;
		"? "*)
			[ -n "$begun" ] || { echo "$1:$number: an exit status without a case" && return 1; }
			wrong+=$(judge "$1:$begun" "$command" "${line#"? "}" "$out" "$err" && echo .)
			wrong=${wrong%.}
			begun="" cases=$((cases + 1))
			;;
		*) echo "$1:$number: not understood: $line" && return 1 ;;
		esac
	done <"$TABLES/$1"
	[ -z "$begun" ] || { echo "$1:$begun: a case without an exit status" && return 1; }
	[ "$cases" -gt 0 ] || { echo "$1: there is no case in it" && return 1; }
	printf '%s' "$wrong"
	[ -z "$wrong" ]
}

@test "every tool has a table, and every table is run here" {
	for file in "$TABLES"/*.txt; do
		grep -q "table ${file##*/}$" "$BATS_TEST_FILENAME"
	done
	for file in "$BATS_TEST_DIRNAME"/../../cmd/*.c; do
		name=${file##*/}
		[ -e "$TABLES/${name%.c}.txt" ]
	done
}

@test "a table that is not kept is told with its line, what was wanted and what came" {
	TABLES=$PWD
	cat >t.txt <<-'END'
		# one good case, and one in which all is wrong
		$ echo "a (b) $CLIENT"
		> a (*) $CLIENT
		? 0

		$ echo x; echo y >&2; exit 3
		> z
		? 2
	END
	run -1 table t.txt
	[ "$output" = "t.txt:6: \$ echo x; echo y >&2; exit 3
  exit status wanted: 2
  exit status came:   3
  stdout wanted: z
  stdout came:   x
  stderr wanted: (nothing)
  stderr came:   y" ]
	printf '$ true\n' >t.txt
	run -1 table t.txt
	[ "$output" = "t.txt:1: a case without an exit status" ]
}

@test "channel: the calls of its table" {
	table channel.txt
}

@test "deals: the calls of its table" {
	table deals.txt
}

@test "inspect: the calls of its table" {
	table inspect.txt
}

@test "keygen: the calls of its table" {
	table keygen.txt
}

@test "ledger: the calls of its table" {
	table ledger.txt
}

@test "make-voucher: the calls of its table" {
	table make-voucher.txt
}

@test "offer: the calls of its table" {
	table offer.txt
}

@test "pack: the calls of its table" {
	table pack.txt
}

@test "propose: the calls of its table" {
	table propose.txt
}

@test "query: the calls of its table" {
	table query.txt
}

@test "receive-blocks: the calls of its table" {
	table receive-blocks.txt
}

@test "replay: the calls of its table" {
	table replay.txt
}

@test "retrieval: the calls of its table" {
	table retrieval.txt
}

@test "retrieve: the calls of its table" {
	table retrieve.txt
}

@test "send-blocks: the calls of its table" {
	table send-blocks.txt
}

@test "serve: the calls of its table" {
	table serve.txt
}

@test "settle: the calls of its table" {
	table settle.txt
}

@test "validate: the calls of its table" {
	table validate.txt
}

@test "settings: the calls of their table" {
	table settings.txt
}
