#!/usr/bin/env bats
# retrieval(7) and retrieval(5): their examples do what they show, and their tables are those of the code.
#
# A block that is tested has a line .\" test: NAME in it, up to the next .Ed.

load common

setup() {
	common_setup
	REPOSITORY=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	OVERVIEW=$REPOSITORY/man/man7/retrieval.7
	FORMATS=$REPOSITORY/man/man5/retrieval.5
	MONEY=$REPOSITORY/man/man7/retrieval-money.7
}

# block PAGE NAME - the lines of a block, as a reader sees them.
block() {
	awk -v mark=".\\\\\" test: $2" '$0 == mark { on = 1; next } $0 == ".Ed" { on = 0 } on' "$1" |
		sed 's/\\(dq/"/g; s/\\e/\\/g' | grep .
}

# examples NAME... - a script of these blocks of retrieval(7) that ends at the first exit code that is not the one shown.
examples() {
	local name

	echo 'set -euo pipefail'
	for name in "$@"; do
		block "$OVERVIEW" "$name" |
			sed -E 's/^(.*[^ ]) +# exit ([0-9]+)$/code=0; \1 || code=$?; [ "$code" = \2 ]/'
	done
}

# hex_of NAME - the bytes of a block of retrieval(5), without its comments.
hex_of() {
	block "$FORMATS" "$1" | sed 's/#.*//' | xxd -r -p
}

# rows PAGE PATTERN - the cells of the rows of tables that match, separated by tabs.
rows() {
	sed -n 's/^\.It //p' "$1" | grep -E "$2" | sed 's/ Ta /\t/g'
}

@test "a deal by hand, from keys to money, as retrieval(7) shows it" {
	examples parties offer hand settle >script
	run -0 --separate-stderr bash script
	cmp birb.car copy.car
	[ "$(json .received provider deals show @ --json)" = "$(json '2 * .bytes' provider deals show @ --json)" ]
	[[ $output == *"collected "*" afil"* ]]
	run -0 ledger check
}

@test "the same deal with a ledger that is served, as retrieval(7) shows it" {
	examples parties served offer hand >script
	printf '%s\n' 'provider settle @' 'ledger --ledger chain advance 12h' 'provider settle @' 'kill $!' 'wait $!' >>script
	run -0 --separate-stderr timeout 60 bash script 3>&-
	cmp birb.car copy.car
	[[ $output == *"collected "*" afil"* ]]
	run -0 ledger --ledger chain check
}

@test "the plan of retrieval-money(7) is what settle --plan prints after its commands" {
	{
		examples parties | sed '/^ledger init/,$d'
		block "$MONEY" fees
		echo 'provider settle --plan | sed "s/^f2[a-z0-9]* //; /^total /d" > plan'
	} >script
	run -0 --separate-stderr bash script
	block "$MONEY" plan >wanted
	diff wanted plan
}

@test "a deal that was recorded as retrieval(7) says passes the line for CI there" {
	examples parties offer record hand >script
	run -0 --separate-stderr bash script
	examples ci >check
	run -0 --separate-stderr bash check
	[ -z "$output" ] && [ -z "$stderr" ]
	sed -i 's/"final_client_status": "DealStatusCompleted"/"final_client_status": "DealStatusErrored"/' deals/birb/meta.json
	run -1 --separate-stderr bash check
}

@test "the deal as text of retrieval(7) hands over the content" {
	examples parties text >script
	run -0 --separate-stderr bash script
	[ "${lines[-1]}" = 'the early birb' ]
	# the text form is made of lines that any mail can carry, if it does not wrap them
	run -1 grep -v '^[A-Za-z0-9_-]*$' note.txt 1.txt 2.txt 3.txt 4.txt 5.txt
}

@test "the deal over ssh of retrieval(7) runs until it is complete" {
	mkdir stub
	printf '#!/bin/sh\nshift\nRETRIEVAL_HOME=provider RETRIEVAL_KEY=provider.key exec "$@"\n' >stub/ssh
	chmod +x stub/ssh
	{
		examples parties offer
		# shellcheck disable=SC2016  # for the script to expand
		echo 'export RETRIEVAL_HOME=client RETRIEVAL_KEY=client.key PATH=$PWD/stub:$PATH'
		examples ssh
	} >script
	run -0 --separate-stderr bash script
	cmp birb.car remote.car
	[ "$(json .state client deals show @ --json)" = DealStatusCompleted ]
	[ "$(json .state provider deals show @ --json)" = DealStatusCompleted ]
}

@test "the queries of retrieval(7) find the offer" {
	mkdir stub
	printf '#!/bin/sh\nshift\nRETRIEVAL_HOME=provider RETRIEVAL_KEY=provider.key exec "$@"\n' >stub/ssh
	chmod +x stub/ssh
	{
		examples parties offer
		# shellcheck disable=SC2016  # for the script to expand
		echo 'PATH=$PWD/stub:$PATH; cid=$(inspect --json birb.car | jq -r ".roots[0]")'
		examples query
	} >script
	run -0 --separate-stderr bash script
	[[ $output == *"./dealer.answer  "*"./seller.answer  "* ]]
	diff <(json 'del(.thing, .id)' inspect --json birb.offer) <(json 'del(.thing, .id)' inspect --json best.offer)
}

@test "an answer to the last payment that got lost is brought by the payment again, as retrieval(7) says" {
	examples parties offer hand | sed '/7.frames/d' >script
	run -0 --separate-stderr bash script
	provider send-blocks -q 6.frames -o lost
	run -0 --separate-stderr provider send-blocks --deal @ -o nothing
	[ ! -s nothing ]
	[[ $(json .state client deals show @ --json) == DealStatus[!C]* ]]
	provider send-blocks -q 6.frames -o 7.frames
	cmp lost 7.frames
	run -0 --separate-stderr client receive-blocks 7.frames
	[ "$(json .state client deals show @ --json)" = DealStatusCompleted ]
}

@test "the commands of retrieval(7) that look at a deal show it" {
	examples parties offer hand >script
	run -0 --separate-stderr bash script
	examples parties look | grep -vE '^(ledger (init|fund)|client keygen|provider keygen)' >look.sh
	run -0 --separate-stderr bash look.sh
	# the amounts of the two vouchers, in order
	[[ $output == *$'\n2097152\n5378108\n'* ]]
	[[ $output == *Completed* ]]
}

@test "retrieval(7) has every state with its number, in the order of the code" {
	sed -n '/DEAL_STATE_LIST(X)/,/^$/ s/.*X([A-Z_]*, "DealStatus\([A-Za-z]*\)").*/\1/p' "$REPOSITORY/lib/deal/state.h" |
		awk '{ print NR - 1 "\t" $1 }' >wanted
	[ "$(wc -l <wanted)" = 29 ]
	rows "$OVERVIEW" '^[0-9]+ Ta [A-Z][A-Za-z]+ Ta [a-z-]' | cut -f 1,2 >shown
	run -0 diff wanted shown
}

@test "retrieval(7) has '-' for just those states that a side never gets to" {
	for side in client provider; do
		# all that can be reached from New
		awk -F '\t' -v side="$side" '
			$1 == side && $4 ~ /^DealStatus[A-Za-z]*$/ { n++; from[n] = $2; to[n] = $4 }
			END {
				reached["DealStatusNew"]
				do {
					more = 0
					for (i = 1; i <= n; i++)
						if (from[i] in reached && !(to[i] in reached)) { reached[to[i]]; more = 1 }
				} while (more)
				for (state in reached)
					print substr(state, 11)
			}' "$REPOSITORY/tests/data/vectors/codec/transitions.tsv" | sort >wanted
		column=$([ "$side" = client ] && echo 3 || echo 4)
		rows "$OVERVIEW" '^[0-9]+ Ta [A-Z][A-Za-z]+ Ta [a-z-]' | awk -F '\t' -v c="$column" '$c != "-" { print $2 }' | sort >shown
		run -0 diff wanted shown
	done
}

@test "retrieval(7) has every exit code" {
	sed -n 's/^\tCLASS_[A-Z]* = \([0-9]*\),.*/\1/p' "$REPOSITORY/lib/base/status.h" >wanted
	[ "$(wc -l <wanted)" = 12 ]
	rows "$OVERVIEW" '^[0-9]+ Ta [^A-Z]' | cut -f 1 >shown
	run -0 diff wanted shown
}

@test "retrieval(7) has every program, and every option that all of them take" {
	for source in "$REPOSITORY"/cmd/*.c; do
		grep -qx ".It Xr $(basename "$source" .c) 1" "$OVERVIEW"
	done
	options=$(keygen --help | sed -n '/ --help /,$ s/.*--\([a-z-]*\) .*/\1/p')
	[ "$(wc -w <<<"$options")" = 13 ]
	for option in $options; do
		grep -qE "^\.It (Fl [a-z] , )?Fl -$option\b" "$OVERVIEW"
	done
}

@test "retrieval(7) and retrieval(5) refer to pages that are there" {
	sed -n 's/^.*\.*Xr \([a-z-]*\) \([0-9]\).*/\1 \2/p' "$OVERVIEW" "$FORMATS" | sort -u >pages
	while read -r name section; do
		[ -e "$REPOSITORY/man/man$section/$name.$section" ] || { echo "$name($section)" && false; }
	done <pages
}

@test "the frame of retrieval(5) is what it says, in both forms" {
	hex_of frame >frame.bin
	block "$FORMATS" frame-text >frame.text
	block "$FORMATS" frame-shown | tr -d '\n' >wanted
	run -0 --separate-stderr inspect --json frame.bin
	[ "$output" = "$(cat wanted)" ]
	[ "$(base64url frame.bin)" = "$(cat frame.text)" ]
	run -0 --separate-stderr inspect --json frame.text
	[ "$output" = "$(cat wanted)" ]
}

@test "the voucher of retrieval(5) is what it says, and signed by whom it says" {
	hex_of voucher >voucher.bin
	block "$FORMATS" voucher-text | tr -d '\n' >voucher.text
	[ "$(base64url voucher.bin)" = "$(cat voucher.text)" ]
	for form in voucher.bin voucher.text; do
		run -0 --separate-stderr inspect --verify --json "$form"
		[ "$(jq -r '[.kind, .lane, .nonce, .amount, .signature_type, .signer] | join(" ")' <<<"$output")" = \
			"voucher 0 3 10000518 secp256k1 $(block "$FORMATS" voucher-signer)" ]
	done
}

@test "the selector of retrieval(5) is the one in a proposal" {
	setup_parties
	make_file content 100
	pack -q content -o content.car
	provider offer -q set content.car -o content.offer
	client propose -q --max-total 1fil content.offer -o 1.frames
	selector=$(sed -n 's/^\.Li \(a161[0-9a-f]*\) \.$/\1/p' "$FORMATS")
	[ ${#selector} = 52 ]
	[[ $(xxd -p -c 0 1.frames) == *"$selector"* ]]
	run -0 --separate-stderr inspect --json 1.frames
	[ "$(jq -r '.message.requests[0].selector' <<<"$output")" = all ]
	# in a list of one it is shown as what it is
	xxd -r -p <<<"81$selector" >list
	run -0 --separate-stderr inspect --json list
	[ "$(jq -c '.item[0]' <<<"$output")" = "$(json -c . block "$FORMATS" selector)" ]
}

@test "the configuration of retrieval(5) is read, and its ceilings hold" {
	setup_parties
	mkdir -p .config/retrieval
	block "$FORMATS" config >.config/retrieval/config
	make_file content 100
	pack -q content -o content.car
	provider offer -q set content.car --price 5afil -o content.offer
	run -0 --separate-stderr client propose -n content.offer
	provider offer -q set content.car --price 6afil -o content.offer
	run -1 --separate-stderr client propose -n content.offer
	[[ $stderr == "propose: price 6 afil per byte is above the ceiling of 5 afil per byte" ]]
	provider offer -q set content.car --price 5afil --unseal 1fil -o dear.offer
	run -1 --separate-stderr client propose -n dear.offer
	[[ $stderr == *"above the ceiling of 100000000000000000 afil"* ]]
	# terms are never taken from the configuration, and a name with a typo is not passed over
	cp .config/retrieval/config right
	for name in price max-totl max-total2 max ''; do
		{ cat right; echo "$name = 4afil"; } >.config/retrieval/config
		run -2 --separate-stderr client propose -n content.offer
		[ "$stderr" = "propose: '$HOME/.config/retrieval/config', line $(($(wc -l <right) + 1)): there is no setting '$name'" ]
	done
	cp right .config/retrieval/config
	# the environment goes first, then the configuration
	[ "$(ledger head)" = 'epoch 0' ]
	run -2 --separate-stderr env -u RETRIEVAL_LEDGER "$(command -v ledger)" head
	[[ $stderr == *"/srv/retrieval/ledger"* ]]
}
