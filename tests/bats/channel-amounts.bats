#!/usr/bin/env bats
# channel-amounts.bats - the amounts of a channel, which add up at every step of its life.

load common
load common_deal

setup() {
	common_setup
}

# amounts WHO [CHANNEL] - what WHO's channel has: submitted unsubmitted reserved available returning of balance; arriving.
# "wrong: ..." unless the first five are the balance, and show says the same as its JSON.
amounts() {
	local name json text line

	json=$(json -cs '.[0]' "$1" channel show --json "${2-f}") || return
	text=$("$1" channel show "${2-f}") || return
	for name in balance vouchers submitted reserved available unsubmitted returning arriving; do
		line=$(grep "^$name " <<<"$text") || { echo "wrong: no $name" && return; }
		line=${line#"$name"}
		line=$(sed 's/^ *//; s/ afil$//; s/^0 fil$/0/' <<<"$line")
		[ "$line" = "$(jq -r ".$name // \"0\"" <<<"$json")" ] || { echo "wrong: $name is $line in text: $json" && return; }
	done
	jq -r '[.submitted, .unsubmitted, .reserved, .available, .returning] as $parts |
		if ($parts | map(tonumber) | add) == (.balance | tonumber)
		then ($parts + ["of", .balance] | join(" ")) + "; \(.arriving)"
		else "wrong: \(.)" end' <<<"$json"
}

# accepted_deal - a deal that is accepted and has no channel yet; its price is 3000 afil.
accepted_deal() {
	make_file data 1000
	offer_file data --price 3afil --interval 1KiB --increase 1KiB
	client propose -q --max-total 0.1fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
}

@test "the amounts of a channel add up to its balance, on both sides, at every step of its life" {
	setup_parties
	accepted_deal
	client channel -q open --deal @ --amount 5000afil
	[ "$(amounts client)" = "0 0 5000 0 0 of 5000; 0" ]
	client channel -q add-funds @ 1000afil
	[ "$(amounts client)" = "0 0 5000 1000 0 of 6000; 0" ]
	finish_deal
	[ "$(amounts client)" = "0 3000 0 3000 0 of 6000; 0" ]
	[ "$(amounts provider)" = "0 3000 0 3000 0 of 6000; 0" ]
	provider settle -q @ || [ $? = 11 ]
	[ "$(amounts client)" = "3000 0 0 0 3000 of 6000; 0" ]
	[ "$(amounts provider)" = "3000 0 0 0 3000 of 6000; 0" ]
	ledger -q advance 12h
	[ "$(amounts client)" = "3000 0 0 0 3000 of 6000; 0" ]
	channel=$(json -r .channel client channel list --json)
	provider settle -q "$channel"
	[ "$(json -cs '.[0] | [.state, .balance, .lost, .arriving]' provider channel show --json "$channel")" = '["collected",null,"0","0"]' ]
	[ "$(json -r .balance ledger balance "$PROVIDER" --json)" = 3000 ]
}

@test "money on its way is no part of the balance until the ledger has it" {
	setup_parties --delay 2
	accepted_deal
	client channel -q open --wait 0s --deal @ --amount 5000afil || [ $? = 11 ]
	channel=$(json -r .channel client channel list --json)
	[ "$(json -r .arriving client channel list --json)" = 5000 ]
	ledger -q advance 2e
	client channel -q open --deal @
	[ "$(amounts client "$channel")" = "0 0 5000 0 0 of 5000; 0" ]
	client channel -q add-funds --wait 0s "$channel" 700afil || [ $? = 11 ]
	[ "$(amounts client "$channel")" = "0 0 5000 0 0 of 5000; 700" ]
	ledger -q advance 2e
	[ "$(amounts client "$channel")" = "0 0 5000 700 0 of 5700; 0" ]
}
