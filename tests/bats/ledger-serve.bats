#!/usr/bin/env bats
#
# ledger serve: the door.  What the node behind it answers is in tests/unit/node/conversation.c.

load common
load common_deal
load common_node

setup() {
	common_setup
	ledger -q init --manual --lotus
}

teardown() {
	stop_node
}

# pending_message - a message that waits for epoch 2; sets MESSAGE to its CID.
pending_message() {
	rm -r ledger
	setup_parties --lotus --delay 2
	make_file file 1000
	offer_file file --price 1afil --interval 1KiB --increase 1KiB
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	run -11 client channel -q open --deal @
	MESSAGE=$(json .message ledger pending --json)
}

# ask_to_wait - send a StateWaitMsg, with a confidence of one epoch, on descriptor 8.
ask_to_wait() {
	local body="{\"id\":1,\"method\":\"Filecoin.StateWaitMsg\",\"params\":[{\"/\":\"$MESSAGE\"},1,-1,true]}"

	exec 8<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'POST /rpc/v1 HTTP/1.1\r\nHost: node\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' "${#body}" "$body" >&8
}

A=f1atfzrj3jyysru33nz3yvfnxozcuiys36s2pyfry

@test "serve prints its URL when it can be asked, answers, and ends with exit 0 on SIGTERM" {
	ledger -q fund $A 3afil
	start_node
	[[ $URL =~ ^http://127\.0\.0\.1:[0-9]+/rpc/v1$ ]]
	[ "$(result .result WalletBalance "\"$A\"")" = 3 ]
	[ "$(result .result.BlockDelay Version)" = 30 ]
	stop_node
	[ ! -s node.err ]
}

@test "with --json the URL is in an object" {
	start_node --json
	[[ $(<node.url) =~ ^\{\"url\":\"http://127\.0\.0\.1:[0-9]+/rpc/v1\"\}$ ]]
}

@test "a node's genesis is the identity of the ledger, and its addresses have the ledger's letter" {
	start_node
	first=$(result '.result.Cids[0]["/"]' ChainGetGenesis)
	[ "$(result .result.Blocks[0].Miner ChainGetGenesis)" = f00 ]
	stop_node
	start_node
	[ "$(result '.result.Cids[0]["/"]' ChainGetGenesis)" = "$first" ]
}

@test "what other tools do to the ledger is seen at once" {
	start_node
	head=$(result '.result.Cids[0]["/"]' ChainHead)
	[ "$(result '.result.Cids[0]["/"]' ChainHead)" = "$head" ]
	ledger -q fund $A 5afil
	[ "$(result .result WalletBalance "\"$A\"")" = 5 ]
	[ "$(result '.result.Cids[0]["/"]' ChainHead)" != "$head" ]
	ledger -q advance @7
	[ "$(result .result.Height ChainHead)" = 7 ]
}

@test "several tools write to the ledger while the node is asked, and nothing is lost" {
	start_node
	for writer in 1 2 3 4; do
		for _ in {1..10}; do ledger -q fund $A 1afil || touch failed; done 3>&- &
		writers+=($!)
	done
	for _ in {1..40}; do result .result StateLookupID "\"$A\",[]" >>ids; done
	for writer in "${writers[@]}"; do wait "$writer"; done
	[ ! -e failed ]
	[ "$(result .result WalletBalance "\"$A\"")" = 40 ]
	sort -u ids >distinct
	[ "$(grep -c '^f0' distinct)" -eq 1 ]
	run -0 ledger check
}

@test "a path other than /rpc/v1, and a request without a body, are refused as Lotus does" {
	start_node
	request 'POST /rpc/v9 HTTP/1.1' '{}'
	[ "$(reply_status)" = 404 ]
	[ "$(reply_body)" = "404 page not found" ]
	request 'GET /rpc/v1 HTTP/1.1' ''
	[ "$(reply_status)" = 400 ]
	[ "$(reply_body)" = '{"error":{"code":-32600,"message":"Invalid request"},"id":null,"jsonrpc":"2.0"}' ]
}

@test "a body above 1 MiB is refused by its announced length, before it comes" {
	start_node
	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'POST /rpc/v1 HTTP/1.1\r\nHost: node\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n{' >&9
	timeout 20 cat <&9 >reply
	exec 9>&-
	[ "$(reply_status)" = 500 ]
	[[ $(reply_body) == *'"code":-32700,"message":"request bigger than maximum 1048576 allowed"'* ]]
	[ "$(result .result.BlockDelay Version)" = 30 ]
}

@test "a body above 1 MiB without a length is refused, or its connection ended, and no more" {
	start_node
	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'POST /rpc/v1 HTTP/1.1\r\nHost: node\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n' >&9
	block=$(printf '%065536d' 0)
	(
		trap '' PIPE
		for _ in {1..200}; do printf '10000\r\n%s\r\n' "$block" >&9 || break; done
		timeout 20 cat <&9 >reply
	) 2>/dev/null || true
	exec 9>&-
	[ ! -s reply ] || [ "$(reply_status)" = 500 ]
	[ "$(result .result.BlockDelay Version)" = 30 ]
}

@test "deep, broken and wrong JSON get an answer each, and the node goes on" {
	start_node
	printf -v zeros '%0100000d' 0
	request 'POST /rpc/v1 HTTP/1.1' "${zeros//0/[}"
	[ "$(reply_status)" = 500 ]
	for body in '{' '5' '"text"' '[1]' '{"id":{},"method":"Filecoin.Version"}' '{"id":1,"method":7}' \
		'{"id":1,"method":"Filecoin.WalletBalance","params":[[[]]]}' '{"id":1,"params":{}}' \
		'{"id":1,"method":"Filecoin.MpoolPush","params":[{"Message":5,"Signature":{"Type":1,"Data":"!"}}]}' \
		'{"id":1,"method":"Filecoin.StateSearchMsg","params":[[{"/":"x"}],{"/":"bafy"},99999999999999999999,true]}' \
		$'{"id":1,"method":"\xff\xfe","params":[]}' '{"id":1,"method":"Filecoin.\u0000","params":[]}'; do
		request 'POST /rpc/v1 HTTP/1.1' "$body"
		[[ $(reply_body) == *'"error":{"code":-32'* ]]
	done
	[ "$(result .result.BlockDelay Version)" = 30 ]
}

@test "a batch of more than 100 requests is refused" {
	start_node
	request 'POST /rpc/v1 HTTP/1.1' "$(jq -nc '[range(100) | {id: ., method: "Filecoin.StateNetworkName"}]')"
	[ "$(jq length <<<"$(reply_body)")" -eq 100 ]
	request 'POST /rpc/v1 HTTP/1.1' "$(jq -nc '[range(101) | {id: ., method: "Filecoin.StateNetworkName"}]')"
	[ "$(reply_status)" = 400 ]
}

@test "clients that say nothing do not keep others out" {
	start_node
	for fd in {20..160}; do eval "exec $fd<>/dev/tcp/127.0.0.1/$PORT"; done
	[ "$(result .result.BlockDelay Version)" = 30 ]
	for fd in {20..160}; do eval "exec $fd>&-"; done
}

@test "with a token all may read, and only who has it may push" {
	umask 077
	echo secret >token
	start_node --token token
	[[ $(rpc Version) == 200* ]]
	[[ $(rpc MpoolPush '{}') == *"missing permission to invoke 'MpoolPush' (need 'write')"* ]]
	[[ $(rpc MpoolPush '{}' secret) == *"unmarshaling params"* ]]
	[[ $(rpc Version '' wrong) == "401 " ]]
	request 'POST /rpc/v1 HTTP/1.1|Authorization: secret' '{}'
	[ "$(reply_status)" = 401 ]
}

@test "a token that others can read, an empty one and none are refused" {
	echo secret >open && chmod 644 open
	run -2 --separate-stderr ledger serve --listen 127.0.0.1:0 --token open
	[ "$stderr" = "ledger: 'open' must be a file of yours that is closed to others (chmod 600)" ]
	install -m 600 /dev/null empty
	run -2 --separate-stderr ledger serve --listen 127.0.0.1:0 --token empty
	[ "$stderr" = "ledger: cannot read the token 'empty': end of stream" ]
	run -10 --separate-stderr ledger serve --listen 127.0.0.1:0 --token none
	[ "$stderr" = "ledger: cannot read the token 'none': No such file or directory" ]
}

@test "other machines are let in only with a token" {
	run -2 --separate-stderr ledger serve --listen 0.0.0.0:0
	[ "$stderr" = "ledger: --listen 0.0.0.0:0 lets other machines in: that needs --token" ]
	run -2 --separate-stderr ledger serve --listen '[::]:0'
	[ "$stderr" = "ledger: --listen [::]:0 lets other machines in: that needs --token" ]
}

@test "a port that is in use is a failure that says so" {
	start_node
	run -10 --separate-stderr ledger serve --listen "127.0.0.1:$PORT"
	[ "$stderr" = "ledger: cannot listen on 127.0.0.1:$PORT: Address already in use" ]
}

@test "a ledger whose channels have addresses of its own is not served" {
	ledger -q --ledger other init
	run -8 --separate-stderr ledger --ledger other serve --listen 127.0.0.1:0
	[ "${stderr_lines[0]}" = "ledger: the ledger in 'other' gives channels addresses of its own: no client of a node knows them" ]
	[ "${stderr_lines[1]}" = "ledger: hint: ledger init --lotus --ledger other" ]
}

@test "StateWaitMsg answers when the message is deep enough, and others are served meanwhile" {
	pending_message
	start_node
	[ "$(result .result StateSearchMsg "[],{\"/\":\"$MESSAGE\"},-1,true")" = null ]
	ask_to_wait
	[ "$(result '.result | length' MpoolPending '[]')" = 1 ]
	ledger -q advance 2e
	[ "$(result .result.Height StateSearchMsg "[],{\"/\":\"$MESSAGE\"},-1,true")" = 2 ]
	run ! read -r -t 0.3 -u 8 _
	ledger -q advance 1e
	timeout 10 cat <&8 >waited
	[[ $(<waited) == *'"ReturnDec":{"IDAddress":"f01'*'"Height":2}}' ]]
}

@test "SIGTERM ends the node with exit 0 while a request waits, and the client learns of it" {
	pending_message
	start_node
	ask_to_wait
	[ "$(result '.result | length' MpoolPending '[]')" = 1 ]
	stop_node
	timeout 10 cat <&8 >waited
	[[ $(<waited) == "HTTP/1.1 503 "* ]]
}

@test "clients that go away while they wait, and too many of them, do not keep others out" {
	pending_message
	start_node
	for _ in {1..80}; do
		ask_to_wait
		exec 8>&-
	done
	[ "$(result .result.BlockDelay Version)" = 30 ]
}
