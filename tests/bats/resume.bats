#!/usr/bin/env bats
# Resuming a deal: a new request for the same transfer, as Go peers do it; all that was paid for is kept, and nothing is paid twice.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 5M
	offer_file content
	export SERVE="RETRIEVAL_HOME=$PWD/provider serve -q"
}

# buy VIA [OPTION...] - content.offer over the command VIA.
buy() {
	client retrieve -q --idle 2s --max-total 0.5fil -o copy.car --via "$@" content.offer
}

# said FILTER - what jq makes of the frames that the client sent over the last connection.
said() {
	json -cr "select(.message.requests) | .message.requests[0] | $1" inspect --json client.frames
}

both_complete() {
	cmp content.car copy.car
	[ "$(state client)" = DealStatusCompleted ]
	[ "$(state provider)" = DealStatusCompleted ]
	[ "$(json .spent client deals show @ --json)" = "$(json .received provider deals show @ --json)" ]
	[ "$(json .bytes provider deals show @ --json)" = "$(json .bytes client deals show @ --json)" ]
	inspect -q --verify client
}

@test "an accepted deal is resumed by a cancel of the old request and a restart of the same transfer under a new one" {
	run -5 --separate-stderr buy "tee client.frames | $SERVE | stdbuf -o0 head -c 3000000"
	[ "$(said .type)" = new ]
	[ "$(said '.extensions["fil/data-transfer/1.1"].request.type')" = new ]
	old=$(said .id)
	transfer=$(said '.extensions["fil/data-transfer/1.1"].request.id')
	proposal=$(said '.extensions["fil/data-transfer/1.1"].request.proposal')
	run -0 --separate-stderr buy "tee client.frames | $SERVE"
	[ -z "$stderr" ]
	said .type >types
	[ "$(paste -sd' ' types)" = 'cancel new' ]
	[ "$(said 'select(.type == "cancel") | .id')" = "$old" ]
	[ "$(said 'select(.type == "new") | .id')" != "$old" ]
	[ "$(said '.extensions["fil/data-transfer/1.1"].request.type // empty')" = restart ]
	[ "$(said '.extensions["fil/data-transfer/1.1"].request.id // empty')" = "$transfer" ]
	[ "$(said '.extensions["fil/data-transfer/1.1"].request.proposal // empty')" = "$proposal" ]
	[ "$(said '.extensions["graphsync/do-not-send-first-blocks"] // empty')" -gt 0 ]
	both_complete
}

@test "a deal that nobody has accepted is proposed again in the same words" {
	run -5 --separate-stderr buy "head -c 400 >first.frames"
	run -0 --separate-stderr buy "tee client.frames | $SERVE"
	cmp first.frames <(head -c 400 client.frames)
	both_complete
}

@test "each resume has a request id of its own, whatever became of the one before" {
	run -5 --separate-stderr buy "tee -a client.frames | $SERVE | stdbuf -o0 head -c 1500000"
	for _ in 1 2 3; do
		run -5 --separate-stderr buy 'tee -a client.frames >/dev/null'
	done
	run -0 --separate-stderr buy "tee -a client.frames | $SERVE"
	said 'select(.type == "new") | .id' >new
	sort -u new >distinct
	[ "$(wc -l <distinct)" = 5 ]
	said 'select(.type == "cancel") | .id' >cancelled
	[ "$(cat cancelled)" = "$(head -n 4 new)" ]
	both_complete
}

@test "what was on its way for the old request is passed over on a connection, and is good as a file" {
	run -5 --separate-stderr buy "head -c 900 | $SERVE | tee -p old.frames" # whose reader has gone
	inspect -q old.frames
	run -0 --separate-stderr buy "$SERVE | { cat old.frames; cat; }"
	both_complete

	rm -r client provider copy.car
	provider offer -q set content.car >content.offer
	run -5 --separate-stderr buy "head -c 900 | $SERVE | tee -p old.frames | head -c 500"
	run -5 --separate-stderr buy 'cat >/dev/null' # perhaps the provider heard it, perhaps not
	run -3 --separate-stderr client receive-blocks old.frames
	run -0 --separate-stderr buy "$SERVE"
	both_complete
}

@test "a provider without the content ends the deal with exit 1, and the others on the connection go on" {
	make_file other 2M
	pack -q other -o other.car
	provider offer -q set other.car >other.offer
	provider offer -q remove "$(json '.roots[0]' inspect --json content.car)"
	run -1 --separate-stderr client retrieve --idle 2s --max-total 0.5fil -o out/ --via "$SERVE" content.offer other.offer
	[[ ${stderr_lines[-1]} == 'retrieve: 1 of 2 contents are complete' ]]
	[ "$(states client deals list --json)" = '1 DealStatusCompleted, 1 DealStatusDealNotFound' ]
}

@test "a provider that asks for a restart gets it once its request has paused: a cancel, and a restart under a new request" {
	run -0 --separate-stderr buy "tee client.frames | $SERVE | want-restart 2 | tee provider.frames"
	[ -z "$stderr" ]
	said .type >types
	[ "$(paste -sd' ' types)" = 'new cancel new' ]
	old=$(said 'select(.type == "cancel") | .id')
	said .id >ids
	[ "$(sed -n 2p ids)" = "$(sed -n 1p ids)" ]
	[ "$(sed -n 3p ids)" != "$(sed -n 1p ids)" ]
	said '.extensions["fil/data-transfer/1.1"].request.type // empty' >types
	[ "$(paste -sd' ' types)" = 'new restart' ]
	# the request that was asked to end has got to its pause
	[ "$(json -rs "[.[].message.responses[0]? | select(.id == \"$old\")] | last | .status" \
		inspect --json provider.frames)" = paused ]
	both_complete
}

@test "a provider that asks for a restart and has forgotten its request gets the restart after a second of silence" {
	run -0 --separate-stderr buy "tee client.frames | $SERVE | want-restart 2 forget" --idle 5s
	[ -z "$stderr" ]
	said .type >types
	[ "$(paste -sd' ' types)" = 'new cancel new' ]
	both_complete
}

@test "a provider that falls silent after the first payment for a resumed deal is asked to restart, once" {
	run -5 --separate-stderr buy "$SERVE | stdbuf -o0 head -c 3000000"
	run -0 --separate-stderr buy "tee client.frames | lose-frame 3 | $SERVE" --idle 20s
	[ -z "$stderr" ]
	[ "$(json -rs '[.[] | .message.requests[0].type // .message.request.type] | join(" ")' inspect --json client.frames)" \
		= 'cancel new voucher cancel new voucher voucher' ]
	both_complete
}
