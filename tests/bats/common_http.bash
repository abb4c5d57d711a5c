# common_http.bash - a web server that gives one answer to all, for tests of a ledger on a node.
#
#   load common_http
#   teardown() { http_end; }
#   http_begin FILE     FILE is the whole answer: a status line, headers, an empty line, a body
#
# shellcheck shell=bash

# http_begin FILE - listen, set RETRIEVAL_LEDGER to the place, and put what is asked into ./asked.
http_begin() {
	local line

	cat >answer.sh <<'EOF'
length=0
while IFS= read -r line && line=${line%$'\r'} && [ -n "$line" ]; do
	printf '%s\n' "$line" >>asked
	[[ ${line,,} != content-length:* ]] || length=${line#*: }
done
head -c "$length" >>asked
echo >>asked
cat "$1"
EOF
	http_end
	mkfifo http.log
	socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork,reuseaddr EXEC:"bash answer.sh $1" 2>http.log </dev/null >/dev/null 3>&- &
	http_pid=$!
	exec 8<http.log
	while IFS= read -r line <&8; do
		[[ $line != *" listening on "* ]] || break
	done
	cat <&8 >/dev/null 3>&- &
	http_cat=$!
	export RETRIEVAL_LEDGER=http://127.0.0.1:${line##*:}/rpc/v1
}

http_end() {
	[ -z "${http_pid-}" ] || kill "$http_pid" 2>/dev/null || true
	[ -z "${http_cat-}" ] || kill "$http_cat" 2>/dev/null || true
	unset http_pid http_cat
	rm -f http.log
}
