# common_lotus.bash - a Lotus node of our own, its chain, and the books of an account on it.
#
# shellcheck shell=bash

# start_lotus - a node for all tests of a file. It ends when this shell does, because its standard input ends then.
start_lotus() {
	local places=$BATS_FILE_TMPDIR/places

	mkfifo "$BATS_FILE_TMPDIR/input"
	"$LOTUS_NODE" -endpoints "$places" <"$BATS_FILE_TMPDIR/input" >"$BATS_FILE_TMPDIR/node.log" 2>&1 3>&- &
	LOTUS=$!
	exec 7>"$BATS_FILE_TMPDIR/input"
	wait_until [ -e "$places" ]
	NODE=$(jq -r .open "$places")
	GUARDED=$(jq -r .auth "$places")
	GATEWAY=$(jq -r .gateway "$places")
	CONTROL=$(jq -r .control "$places")
	WRITER=$(jq -r .token "$places")
	READER=$(jq -r .reader "$places")
	export LOTUS NODE GUARDED GATEWAY CONTROL WRITER READER
	mine 200 # a new chain takes high fees: they fall to the least that there is
}

stop_lotus() {
	exec 7>&-
	wait "$LOTUS"
}

# control PATH [NAME=VALUE...] - see node/control.go.
control() {
	local path=$1 arguments=()

	shift
	for each; do
		arguments+=(--data-urlencode "$each")
	done
	curl -sS --fail-with-body --get "${arguments[@]}" "$CONTROL/$path"
}

# mine EPOCHS - move the head of the chain on.
mine() {
	local height

	height=$(control mine "epochs=$1") || { echo "$height" && return 1; }
}

# keep_mining, stop_mining - an epoch every tenth of a second, for programs that wait.
keep_mining() {
	control every pause=100ms
}
stop_mining() {
	control every pause=0s
}

# lotus METHOD [PARAMS] - the result of a method of the node; fails with its words if the result is an error.
lotus() {
	curl -sS "$NODE" --data "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Filecoin.$1\",\"params\":[${2-}]}" |
		jq -c 'if .error then .error.message | halt_error else .result end'
}

# balance ADDRESS - in attoFIL.
balance() {
	lotus WalletBalance "\"$1\"" | jq -r .
}

# messages ADDRESS - the CIDs of the messages that this account has sent, oldest first.
messages() {
	lotus StateListMessages "{\"From\":\"$1\"},[],0" | jq -c 'reverse | .[]'
}

# costs ADDRESS - one line for each message of the account: method, exit code, gas used, gas limit, fee cap, and all that it cost.
costs() {
	local cid

	while read -r cid; do
		lotus StateReplay "[],$cid" | jq -r '[.Msg.Method, .MsgRct.ExitCode, .MsgRct.GasUsed, .Msg.GasLimit,
			.Msg.GasFeeCap, .GasCost.TotalCost] | join(" ")'
	done < <(messages "$1")
}

# fees ADDRESS - all that the messages of the account have cost, in attoFIL.
fees() {
	local line sum=0

	while read -r line; do
		sum=$((sum + ${line##* }))
	done < <(costs "$1")
	echo "$sum"
}

# methods ADDRESS - the methods of the account's messages, each of which was executed well.
methods() {
	local method code _

	while read -r method code _; do
		[ "$code" = 0 ] || method+=" with exit code $code"
		printf '%s\n' "$method"
	done < <(costs "$1") | paste -sd' '
}

# adds_up ADDRESS BEFORE CHANGE - the account has what it had before, and the change, less the fees.
adds_up() {
	local have

	have=$(balance "$1")
	[ "$have" = $(($2 + $3 - $(fees "$1"))) ] ||
		{ echo "$1 has $have, had $2, was to gain $3, and paid $(fees "$1") in fees" && return 1; }
}

# give_key FILE - put the key of a key file into the node's wallet.
give_key() {
	local kind hex

	read -r kind hex <"$1"
	lotus WalletImport "{\"Type\":\"$kind\",\"PrivateKey\":\"$(basenc -d --base16 <<<"${hex^^}" | base64)\"}" >/dev/null
}

# sent FROM TO AMOUNT [FIELDS] - the node signs and sends that; FIELDS are more members of the message. Prints the nonce.
sent() {
	lotus MpoolPushMessage "{\"From\":\"$1\",\"To\":\"$2\",\"Value\":\"$3\"${4-}},null" | jq .Message.Nonce
}
