#!/usr/bin/env bats
# ledger-node.bats - a ledger that is a node: the connection, the token, and answers that are none.
# What a node's answers mean is tested in tests/unit/lotus/lotus.c.

load common
load common_http

setup() {
	common_setup
	keygen -q -o provider.key
	make_file small 1000
	pack -q small -o small.car
	provider offer set -q small.car --price 1afil --interval 1KiB --increase 1KiB >small.offer
}

teardown() {
	http_end
}

# answer STATUS BODY - the file of an answer.
answer() {
	printf 'HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' "$1" "${#2}" "$2" >answer.http
}

@test "a node that is not there is exit 10, and the same command may be run again" {
	RETRIEVAL_LEDGER=http://127.0.0.1:1/rpc/v1 run -10 --separate-stderr provider settle
	[[ $stderr == "settle: cannot open the ledger in 'http://127.0.0.1:1/rpc/v1': the node does not answer: "* ]]
	[ -z "$output" ]
}

@test "a token before the place is never shown" {
	RETRIEVAL_LEDGER=eyJh.eyJB.c2ln:/ip4/127.0.0.1/tcp/1/http run -10 --separate-stderr provider settle
	[[ $stderr == "settle: cannot open the ledger in '/ip4/127.0.0.1/tcp/1/http': the node does not answer: "* ]]
	[[ $stderr != *eyJ* ]]
}

@test "a token goes with each request, as a bearer, and the request is JSON by POST" {
	answer "200 OK" '{"id":1,"jsonrpc":"2.0","error":{"code":1,"message":"server busy"}}'
	http_begin answer.http
	(umask 077 && echo eyJh.eyJB.c2ln >token)
	run -1 --separate-stderr provider settle --ledger-token token
	[ "$stderr" = "settle: cannot open the ledger in '$RETRIEVAL_LEDGER': the node says to ChainGetGenesis: server busy" ]
	[ "$(sed -n 1p asked)" = "POST /rpc/v1 HTTP/1.1" ]
	grep -qx 'Authorization: Bearer eyJh.eyJB.c2ln' asked
	grep -qx 'Content-Type: application/json' asked
	[ "$(tail -n 1 asked)" = '{"jsonrpc":"2.0","id":1,"method":"Filecoin.ChainGetGenesis","params":[]}' ]
}

@test "a token file that others may read is refused, and nothing is sent" {
	answer "200 OK" ''
	http_begin answer.http
	echo eyJh.eyJB.c2ln >token
	chmod 644 token
	RETRIEVAL_LEDGER_TOKEN=token run -2 --separate-stderr provider settle
	[[ $stderr == "settle: cannot open the ledger in '$RETRIEVAL_LEDGER': the token in 'token' can be read by others: chmod 600" ]]
	[ ! -e asked ]
}

@test "a token that the node does not accept is exit 2" {
	answer "401 Unauthorized" ''
	http_begin answer.http
	run -2 --separate-stderr provider settle
	[[ $stderr == *": the node does not accept the token (HTTP 401)" ]]
}

@test "a busy node is exit 10" {
	answer "429 Too Many Requests" ''
	http_begin answer.http
	run -10 --separate-stderr provider settle
	[[ $stderr == *": the node has no time: too many requests (HTTP 429)" ]]
}

@test "a page in place of an answer is exit 10" {
	answer "502 Bad Gateway" '<html><body>502</body></html>'
	http_begin answer.http
	run -10 --separate-stderr provider settle
	[[ $stderr == *": no Lotus node answers there (HTTP 502, 29 bytes)" ]]
}

@test "a redirection is not followed: a token goes to one host" {
	printf 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' >answer.http
	http_begin answer.http
	run -10 --separate-stderr provider settle
	[[ $stderr == *": no Lotus node answers there (HTTP 302, 0 bytes)" ]]
}

@test "an answer that is cut is exit 10, one without end is exit 6" {
	printf 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{"id":1,' >answer.http
	http_begin answer.http
	run -10 --separate-stderr provider settle
	[[ $stderr == *": the node does not answer: "* ]]
	{
		printf 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'
		head -c 3000000 /dev/zero | tr '\0' ' '
	} >answer.http
	run -6 --separate-stderr provider settle
	[[ $stderr == *": the node's answer has more than 1048576 bytes" ]]
}

@test "a place that is no node is exit 2" {
	RETRIEVAL_LEDGER=ftp://node.example run -2 --separate-stderr provider settle
	[ "$stderr" = "settle: cannot open the ledger in 'ftp://node.example': 'ftp://node.example' is not the URL of a node: http:// or https:// is" ]
	RETRIEVAL_LEDGER=http://me:secret@node.example run -2 --separate-stderr provider settle
	[[ $stderr == *"the URL of a node holds no password: use --ledger-token FILE" ]]
}

@test "the ledger of a folder needs no libcurl, and a tool that needs no ledger loads none" {
	export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" # the leak check does not work below strace
	command -v strace || skip "no strace"
	ledger init -q --manual --ledger folder
	RETRIEVAL_LEDGER=folder run -0 provider strace -f -o trace -e trace=openat settle
	run -1 grep -q libcurl trace
	RETRIEVAL_LEDGER=http://127.0.0.1:1 run -0 provider strace -f -o trace -e trace=openat offer list
	run -1 grep -q libcurl trace
	RETRIEVAL_LEDGER=http://127.0.0.1:1 run -10 provider strace -f -o trace -e trace=openat settle
	grep -q libcurl.so.4 trace
}
