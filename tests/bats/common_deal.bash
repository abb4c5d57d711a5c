# common_deal.bash - a whole deal by hand, for the tests of the step tools.
#
# shellcheck shell=bash

# offer_file FILE [OPTION...] - pack FILE and offer it; leaves content.car and content.offer.
offer_file() {
	local file=$1

	shift
	pack -q "$file" -o content.car &&
		provider offer -q set content.car "$@" >content.offer
}

# begin_deal - propose content.offer, accept, and open a channel.
begin_deal() {
	client propose -q --max-total 0.5fil content.offer -o 1.frames &&
		provider validate -q 1.frames -o 2.frames &&
		client validate -q 2.frames &&
		client channel -q open --deal @ >>channel.log 2>&1
}

# one_round - send, receive, and pay if asked to; returns what send-blocks did.
one_round() {
	local sent

	sent=0
	provider send-blocks -q --deal @ -o blocks.frames 2>send.log || sent=$?
	[ -s blocks.frames ] && { client receive-blocks -q blocks.frames -o copy.car 2>receive.log || true; }
	if [ "$sent" = 3 ]; then
		client make-voucher -q --deal @ -o pay.frames || return 99
		provider validate -q pay.frames -o paid.frames || return 98
		client receive-blocks -q paid.frames 2>>receive.log || true
	fi
	return "$sent"
}

# finish_deal - rounds until the provider has nothing left to send.
finish_deal() {
	local sent=3

	while [ "$sent" = 3 ]; do
		sent=0
		one_round || sent=$?
	done
	return "$sent"
}

# state SIDE - the state of that side's newest deal.
state() {
	"$1" deals show @ --json | jq -r .state
}
