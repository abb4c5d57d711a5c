# common_node.bash - a ledger that is served as a node, and a client of a few lines for it.
#
# shellcheck shell=bash

# start_node [OPTION...] - serve the ledger on a free port; sets NODE to the process, URL, and PORT.
start_node() {
	: >node.url
	ledger serve --listen 127.0.0.1:0 "$@" >node.url 2>node.err 3>&- &
	NODE=$!
	wait_until lines_in node.url 1
	URL=$(<node.url)
	PORT=${URL%/rpc/v1}
	PORT=${PORT##*:}
	export NODE URL PORT
}

# stop_node - end it as a service manager does; its exit code must be 0.
stop_node() {
	[ -n "${NODE-}" ] || return 0
	kill -TERM "$NODE"
	wait "$NODE"
	NODE=
}

# request HEAD BODY - send a request with these lines of the head, joined by '|', and this body; the reply is in the file reply.
request() {
	local head=${1//|/$'\r\n'}

	exec 9<>"/dev/tcp/127.0.0.1/$PORT"
	printf '%s\r\nHost: node\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' "$head" "${#2}" "$2" >&9
	timeout 20 cat <&9 >reply
	exec 9>&-
}

# reply_status - the status of HTTP; reply_body - the body.
reply_status() {
	local line

	read -r _ line <reply
	printf '%s\n' "${line%% *}"
}
reply_body() {
	sed '1,/^\r$/d' reply
}

# rpc METHOD [PARAMS [TOKEN]] - call a method; prints the status of HTTP and the response.
rpc() {
	request "POST /rpc/v1 HTTP/1.1${3:+|Authorization: Bearer $3}" \
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Filecoin.$1\",\"params\":[${2-}]}"
	printf '%s %s\n' "$(reply_status)" "$(reply_body)"
}

# result FILTER METHOD [PARAMS] - what jq makes of the response.
result() {
	local filter=$1

	shift
	rpc "$@" >/dev/null
	jq -r "$filter" <<<"$(reply_body)"
}
