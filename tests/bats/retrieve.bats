#!/usr/bin/env bats
# retrieve: a whole deal in one command, and whatever happens on the way it can be run again.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	make_file content 5M
	offer_file content
	export SERVE="RETRIEVAL_HOME=$PWD/provider serve -q"
	SILENT='cat >/dev/null' # a provider that says nothing
}

buy() {
	client retrieve --idle 2s --max-total 0.5fil --via "$SERVE" "$@"
}

both_complete() {
	[ "$(state client)" = DealStatusCompleted ]
	[ "$(state provider)" = DealStatusCompleted ]
	[ "$(json .spent client deals show @ --json)" = "$(json .received provider deals show @ --json)" ]
}

@test "one command buys the content, and the deal is complete on both sides" {
	run -0 --separate-stderr buy content.offer -o copy.car
	[ -z "$output" ]
	[[ ${stderr_lines[0]} =~ ^retrieve:\ deal\ [0-9]+$ ]]
	[[ ${stderr_lines[1]} =~ ^retrieve:\ deal\ [0-9]+\ complete:\ 6\ blocks,\ 5.0\ MiB,\ [0-9]+\ afil$ ]]
	cmp content.car copy.car
	both_complete
}

@test "--extract gives the file itself, under the name of its CID" {
	run -0 --separate-stderr buy content.offer -x out
	cmp content "out/$(json .payload client deals show @ --json)"
}

@test "--extract gives a folder with all that is in it, again and again" {
	mkdir -p birds/far
	seq 300000 >birds/numbers
	echo one >birds/far/one
	pack -q birds -o birds.car
	provider offer -q set birds.car >birds.offer
	run -0 --separate-stderr buy birds.offer -x out
	diff -r birds "out/$(json .payload client deals show @ --json)"
	run -0 --separate-stderr buy birds.offer -x out
	run -2 --separate-stderr buy birds.offer -x -
	[[ $stderr == *" is no single file: use -o to get its CAR" ]]
	rm -r out/*/far
	ln -s "$PWD/birds" "$(echo out/*)/far"
	run -10 --separate-stderr buy birds.offer -x out
	[[ $stderr == *"/far': Not a directory" ]]
	[ ! -e birds/one ]
}

@test "content that can't be extracted is said to be so, leaves nothing behind, and comes as a CAR" {
	for name in name-twice symlink; do
		provider offer -q set "$BATS_TEST_DIRNAME/../data/cars/$name.car" >$name.offer
		for _ in 1 2; do
			run --separate-stderr buy $name.offer -x out
			[ "$status" -eq "$([ $name = symlink ] && echo 2 || echo 6)" ]
			[[ $stderr == *"cannot extract to 'out/bafy"*"': a folder has a name twice" ||
				$stderr == *" is not made of files and folders alone: use -o to get its CAR" ]]
			[ -z "$(ls -A out)" ]
		done
		run -0 --separate-stderr buy $name.offer -o $name.car
		cmp $name.car "$BATS_TEST_DIRNAME/../data/cars/$name.car"
	done
}

@test "content that is its own CID comes as a CAR and as a file" {
	provider offer -q set "$BATS_TEST_DIRNAME/../data/cars/identity-root.car" >id.offer
	run -0 --separate-stderr buy id.offer -o id.car
	run -0 --separate-stderr inspect --verify --json id.car
	[ "$(jq -c '[.roots[0], .blocks]' <<<"$output")" = '["bafkqabtimvwgy3yk",0]' ]
	run -0 --separate-stderr buy id.offer -x out
	[ "$(stat -c %s out/*)" -eq 6 ]
}

@test "a dash is standard output, for the CAR or the file, whatever else has that name" {
	mkdir ./-
	buy -q content.offer -o - >copy.car
	cmp content.car copy.car
	buy -q content.offer -x - >copy
	cmp content copy
	[ -z "$(ls -A ./-)" ]
	run -5 --separate-stderr bash -o pipefail -c \
		'RETRIEVAL_HOME=client retrieve --via "$SERVE" content.offer -x - | head -c 10 >/dev/null'
	[[ $stderr == *"retrieve: the reader of the output went away" ]]
}

@test "a free deal, an empty file and a sealed one go through as well" {
	: >empty
	pack -q empty -o empty.car
	provider offer -q set empty.car >empty.offer
	run -0 --separate-stderr buy empty.offer -o copy.car
	cmp empty.car copy.car
	provider offer -q set content.car --price 0 >free.offer
	run -0 --separate-stderr buy free.offer -o copy.car
	cmp content.car copy.car
	make_file sealed 3M 4
	pack -q sealed -o sealed.car
	provider offer -q set sealed.car --unseal 77afil >sealed.offer
	run -0 --separate-stderr buy sealed.offer -o copy.car
	cmp sealed.car copy.car
	both_complete
}

@test "a rejected deal is exit 1 with the provider's reason" {
	run -1 --separate-stderr buy --price 1afil content.offer -o copy.car
	[[ $stderr == *"price 1 afil per byte is under this offer's 2 afil per byte"* ]]
	[ ! -e copy.car ]
}

@test "a provider that is not there is exit 5, and the deal goes on when it is" {
	SERVE=false run -5 --separate-stderr buy content.offer -o copy.car
	SERVE="exec no-such-program" run -5 --separate-stderr buy content.offer -o copy.car
	[[ $stderr == *"retrieve: 'exec no-such-program' cannot be run: it ended with exit code 127" ]]
	run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
	[ "$(count client deals list --json)" = 1 ]
}

@test "a provider that is cut off at any point leaves exit 5, and the next run goes on from there" {
	real=$SERVE
	for limit in 10 400 2000 1000000 1100000 3000000 4000000 5000000; do
		SERVE="bash -c 'exec head -c $limit < <($real)'" run --separate-stderr buy content.offer -o copy.car
		[ "$status" = 5 ] || [ "$status" = 0 ]
	done
	SERVE=$real run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
	both_complete
	channel=$(client deals show @ --json | jq -r .channel)
	[ "$(json -s 'map(.nonce) | length - (unique | length)' client channel vouchers "$channel" --json)" = 0 ]
}

@test "killed at many moments, either side, it completes and pays once" {
	for delay in 0.01 0.02 0.03 0.04 0.05; do
		timeout -s KILL "$delay" env RETRIEVAL_HOME="$PWD/client" RETRIEVAL_KEY="$PWD/client.key" \
			retrieve -q --max-total 0.5fil --via "$SERVE" content.offer -o copy.car || true
		SERVE="timeout -s KILL $delay env $SERVE" run --separate-stderr buy content.offer -o copy.car
		[ "$status" = 5 ] || [ "$status" = 0 ]
	done
	run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
	both_complete
	bytes=$(provider deals show @ --json | jq -r .bytes)
	[ "$(json .received provider deals show @ --json)" = $((bytes * 2)) ]
}

@test "out of funds it exits 4 with the shortfall, and goes on once the account has it" {
	keygen -q --seed 77 -o poor.key
	poor=$(address_of poor.key)
	ledger fund -q "$poor" 1000afil
	run -4 --separate-stderr env RETRIEVAL_HOME="$PWD/poor" RETRIEVAL_KEY="$PWD/poor.key" retrieve --max-total 0.5fil --via "$SERVE" content.offer -o copy.car
	[[ $stderr == *"short "*" afil"* ]]
	ledger fund -q "$poor" 0.1fil
	run -0 --separate-stderr env RETRIEVAL_HOME="$PWD/poor" RETRIEVAL_KEY="$PWD/poor.key" retrieve --max-total 0.5fil --via "$SERVE" content.offer -o copy.car
	cmp content.car copy.car
}

@test "a signal that comes as the provider's command begins ends retrieve like any other" {
	run -143 --separate-stderr client retrieve --max-total 0.5fil content.offer -o copy.car --via "kill -TERM \$PPID; exec $SILENT"
	[[ $stderr == *"retrieve: stopped; everything received is kept"* ]]
	run -0 buy content.offer -o copy.car
	cmp content.car copy.car
}

@test "an interrupt keeps everything, says how to go on, and dies of the signal" {
	real=$SERVE
	mkfifo began
	RETRIEVAL_HOME=$PWD/client RETRIEVAL_KEY=$PWD/client.key retrieve --max-total 0.5fil --via "head -c 1 >began; $SILENT #it's *" content.offer -o copy.car 2>log &
	pid=$!
	cat began >/dev/null # its signals are set up before its first byte
	kill -INT "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" = 130 ]
	grep -qF "hint: retrieve --max-total 0.5fil --via 'head -c 1 >began; $SILENT #it'\\''s *' content.offer -o copy.car" log
	SERVE=$real run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
}

@test "a hang-up that the caller ignores, as nohup does, ends nothing" {
	run -0 --separate-stderr env RETRIEVAL_HOME="$PWD/client" RETRIEVAL_KEY="$PWD/client.key" \
		nohup retrieve --max-total 0.5fil --via "kill -HUP \$PPID; $SERVE" content.offer -o copy.car
	cmp content.car copy.car
	run -129 --separate-stderr env --default-signal=HUP RETRIEVAL_HOME="$PWD/client" RETRIEVAL_KEY="$PWD/client.key" \
		retrieve --max-total 0.5fil --again --via "kill -HUP \$PPID; $SILENT" content.offer -o second.car
}

@test "a provider that says nothing is not waited for" {
	run -5 --separate-stderr client retrieve --max-total 0.5fil --idle 1s --via "$SILENT" content.offer -o copy.car
	[[ $stderr == *"nothing came from the provider for 1 seconds"* ]]
	run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
}

@test "the deal can be carried by socat in both directions" {
	command -v socat || skip "no socat"
	printf '#!/bin/sh\n%s\n' "exec env $SERVE" >serve.sh
	chmod +x serve.sh
	run -0 --separate-stderr client retrieve --max-total 0.5fil --via "socat - EXEC:./serve.sh" content.offer -o copy.car
	cmp content.car copy.car
}

@test "the deal can be carried by a coproc, whose descriptors the shell keeps from other programs" {
	coproc SELLER { eval "exec env $SERVE"; }
	run -0 --separate-stderr client retrieve --idle 5s --max-total 0.5fil content.offer -o copy.car \
		--via "cat </proc/$$/fd/${SELLER[0]} & exec cat >/proc/$$/fd/${SELLER[1]}"
	cmp content.car copy.car
	both_complete
}

@test "the deal can be carried by TCP, to a socket that systemd listens on" {
	command -v systemd-socket-activate || skip "systemd is not here"
	command -v socat || skip "socat is not here"
	port=$((20000 + RANDOM % 10000))
	RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key \
		systemd-socket-activate --listen=127.0.0.1:$port --inetd --accept -E RETRIEVAL_HOME -E RETRIEVAL_KEY \
		-E RETRIEVAL_LEDGER -E RETRIEVAL_CLOCK -E PATH serve -q 2>systemd.log &
	systemd=$!
	wait_until grep -q Listening systemd.log
	run -0 --separate-stderr client retrieve --idle 5s --max-total 0.5fil --via "socat - TCP:127.0.0.1:$port" \
		content.offer -o copy.car
	kill "$systemd"
	cmp content.car copy.car
	both_complete
}

@test "--progress=json gives one object per line, and nothing else is added to stderr" {
	run -0 --separate-stderr buy -q --progress json content.offer -o copy.car
	for line in "${stderr_lines[@]}"; do
		jq -e .bytes <<<"$line" >/dev/null
	done
}

@test "both ends may record the deal, to the same bytes, and replay agrees with either" {
	run -0 --separate-stderr client retrieve -q --record ours --max-total 0.5fil --via "$SERVE --record theirs" content.offer -o copy.car
	cmp ours/client.frames theirs/client.frames
	cmp ours/provider.frames theirs/provider.frames
	run -0 --separate-stderr replay --check --as client --key client.key ours
	run -0 --separate-stderr replay --check --as provider theirs
}

@test "a provider that refuses a payment is told apart from one that is slow: exit 1 with its reason" {
	RETRIEVAL_LEDGER=$PWD/other ledger init -q --manual
	run -1 --separate-stderr client retrieve -q --max-total 1fil --via "RETRIEVAL_LEDGER=$PWD/other $SERVE -q" content.offer
	[[ $stderr == *"the provider refuses our payment: the ledger has no such channel"* ]]
	run -0 --separate-stderr client retrieve -q --max-total 1fil --via "$SERVE -q" content.offer -o copy.car
	cmp content.car copy.car
}

# several_files N - small contents f1..fN, with offers.
several_files() {
	for ((n = 1; n <= $1; n++)); do
		make_file "f$n" "$((n * 1000))"
		pack -q "f$n" -o "f$n.car"
		provider offer -q set "f$n.car" >"f$n.offer"
	done
}

# spent [SIDE] - what all deals of that side have moved, in attoFIL.
spent() {
	"${1:-client}" deals list --limit 0 --json | jq -s 'map(.funds | tonumber) | add'
}

@test "many contents in one call, over one connection, and their CARs into a folder" {
	several_files 9
	mkdir cars
	run -0 --separate-stderr buy content.offer f*.offer -o cars --via 'false'
	[[ ${stderr_lines[-1]} == "retrieve: 10 contents are complete" ]]
	for car in content.car f?.car; do
		cmp "$car" "cars/$(json '.roots[0]' inspect "$car" --json).car"
	done
	[ "$(count client channel list --json)" = 1 ]
	[ "$(spent provider)" = "$(spent)" ]
	run -0 inspect --verify client
	run -0 inspect --verify provider
}

@test "of many, those that fail do not hold up the others, and each is told" {
	several_files 3
	rm f2.car
	run -10 --separate-stderr buy f1.offer f2.offer f3.offer -q
	[[ $stderr == *"retrieve: f2.offer: the provider can't deliver now; deal "*" can be resumed"* ]]
	[[ ${stderr_lines[-1]} == "retrieve: 2 of 3 contents are complete" ]]
}

@test "messages that speak to several deals at once are taken apart, on both sides" {
	several_files 6
	for n in 7 8; do # two that have blocks in common
		{ head -c 2M content && echo "$n"; } >"f$n"
		pack -q "f$n" -o "f$n.car"
		provider offer -q set "f$n.car" >"f$n.offer"
	done
	run -0 --separate-stderr client retrieve -q --idle 2s --max-total 0.5fil -o "$PWD/out/" \
		--via "gather up.count | $SERVE | gather down.count" f?.offer
	for ((i = 1; i <= 8; i++)); do
		cmp "f$i.car" "out/$(json '.roots[0]' inspect "f$i.car" --json).car"
	done
	[ "$(<up.count)" -gt 1 ]
	[ "$(<down.count)" -gt 1 ]
	[ "$(json -cs 'map(.state) | unique' client deals list --json)" = '["DealStatusCompleted"]' ]
	[ "$(json -cs 'map(.state) | unique' provider deals list --json)" = '["DealStatusCompleted"]' ]
	run -0 inspect --verify client
	run -0 inspect --verify provider
}

@test "a ceiling is for all contents of a call together" {
	several_files 4
	run -1 --separate-stderr client retrieve --max-total 12000afil --via "$SERVE" f1.offer f2.offer f3.offer f4.offer
	[[ $stderr == *"f4.offer: all contents together would cost 20000 afil, above the ceiling of 12000 afil"* ]]
	[ "$(spent)" = 12000 ]
	run -2 --separate-stderr buy f1.offer f2.offer -o one.car
	[[ $stderr == *"'one.car' is not a folder"* ]]
}

@test "what is here already is delivered again, and not paid again, unless --again says so" {
	run -0 buy content.offer -o copy.car
	before=$(spent)
	rm copy.car
	run -0 buy content.offer -o copy.car
	cmp content.car copy.car
	[ "$(spent)" = "$before" ]
	run -0 buy --again content.offer -o copy.car
	[ "$(spent)" = "$((2 * before))" ]
}

@test "a CID alone is asked for, and bought on the terms of the answer" {
	cid=$(inspect content.car --json | jq -r '.roots[0]')
	run -0 --separate-stderr buy "$cid" -o copy.car
	cmp content.car copy.car
	both_complete
	run -1 --separate-stderr buy bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e
	[[ $stderr == *"retrieve: "*"no offer for this content"* ]]
	run -1 --separate-stderr buy "$cid" --max-price 1afil --again
	[[ $stderr == *"above the ceiling of 1 afil per byte"* ]]
}

@test "if one provider fails the next is asked, whatever the failure" {
	cid=$(inspect content.car --json | jq -r '.roots[0]')
	run -0 --separate-stderr client retrieve -q --idle 2s --max-total 0.5fil --via false --via 'echo garbage' \
		--via "$SILENT" --via "$SERVE" "$cid" -o copy.car
	cmp content.car copy.car
	[ "$(count client deals list --limit 0 --json)" = 1 ]
	run -5 --separate-stderr client retrieve -q --again --max-total 0.5fil --via 'echo garbage' --via false "$cid"
	run -6 --separate-stderr client retrieve --again --max-total 0.5fil --via false --via 'echo garbage' "$cid"
	[[ $stderr == *"retrieve: 'false': the provider went away before it answered; the next provider is tried"* ]]
	[[ $stderr == *"retrieve: the provider broke the protocol: text came in place of frames" ]]
}

@test "a provider that answers what was not asked broke the protocol, and the next one is asked" {
	RETRIEVAL_HOME=$PWD/judge RETRIEVAL_KEY=$PWD/client.key retrieve -q --max-total 0.1fil \
		--via "$SERVE | tee said" content.offer
	run -6 --separate-stderr client retrieve -q --max-total 0.1fil --via "cat said; cat >/dev/null" content.offer
	[[ $stderr == *"retrieve: the stream answers a request that this home never made" ]]
	run -0 --separate-stderr client retrieve -q --max-total 0.1fil --via "cat said; cat >/dev/null" --via "$SERVE" content.offer -o copy.car
	cmp content.car copy.car
}

@test "what one provider brought the next one need not send, and is not paid for" {
	cid=$(inspect content.car --json | jq -r '.roots[0]')
	keygen -q -o other.key
	other() {
		RETRIEVAL_HOME=$PWD/other RETRIEVAL_KEY=$PWD/other.key "$@"
	}
	other offer -q set content.car --price 3afil >other.offer
	run -0 --separate-stderr client retrieve -q --idle 2s --max-total 0.5fil --via "$SERVE | stdbuf -o0 head -c 3000000" \
		--via "RETRIEVAL_HOME=$PWD/other serve -q" content.offer -o copy.car
	cmp content.car copy.car
	first=$(provider deals show @ --json | jq -r '.received')
	second=$(other deals show @ --json | jq -r '.received')
	size=$(client deals show @ --json | jq -r .size)
	[ "$first" -gt 0 ]
	[ "$second" -gt 0 ]
	[ "$((first / 2 + second / 3))" -le "$size" ]
	[ "$(json -rs 'map(.state) | join(" ")' client deals list --json)" = "DealStatusCompleted DealStatusCancelled" ]
	[ "$(json '.received' other deals show @ --json)" = "$(json '.spent' client deals show @ --json)" ]
	run -0 inspect --verify client
	run -0 inspect --verify other
	run -0 client retrieve --max-total 0.5fil --via false "$cid" -o again.car
	cmp content.car again.car
}

@test "the last payment may be owed still: the content is here, and the next provider is not asked" {
	run -5 --separate-stderr client retrieve --idle 2s --max-total 0.5fil --via "head -c 2600 | $SERVE" \
		--via 'touch asked' content.offer -o copy.car
	[ ! -e asked ] || [ ! -e copy.car ]
	run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
	both_complete
}

@test "a ceiling is for all providers together: what one was paid the next can't get" {
	cid=$(inspect content.car --json | jq -r '.roots[0]')
	size=$(jq -n "$(json .size inspect content.offer --json)")
	keygen -q -o other.key
	RETRIEVAL_HOME=$PWD/other RETRIEVAL_KEY=$PWD/other.key offer -q set content.car --price 3afil >other.offer
	for ceiling in $((2 * size)) $((3 * size)); do
		rm -rf client
		code=0
		client retrieve -q --idle 2s --max-total "${ceiling}afil" --via "$SERVE | stdbuf -o0 head -c 3000000" \
			--via "RETRIEVAL_HOME=$PWD/other serve -q" "$cid" 2>err || code=$?
		total=$(spent)
		[ "$total" -gt 0 ]
		[ "$total" -le "$ceiling" ]
		if [ "$ceiling" = $((2 * size)) ]; then
			[ "$code" = 1 ]
			grep -q "the content would cost [0-9]* afil, above the ceiling of $ceiling afil" err
		else
			[ "$code" = 0 ]
		fi
	done
}

@test "a second run beside the first takes nothing from it: what the first delivers is whole" {
	make_file free 8M
	pack -q free -o free.car
	provider offer -q set free.car --price 0 >free.offer
	mkfifo go
	client retrieve -q --idle 60s --max-total 0.5fil --via "$SERVE | { head -c 2000000; read -r _ <go; cat; }" \
		free.offer -o copy.car 2>log &
	pid=$!
	megabyte_is_here() {
		[ -n "$(find client/blocks -name '*.car' -size +1000000c 2>/dev/null)" ]
	}
	wait_until megabyte_is_here
	run -9 --separate-stderr client retrieve -q --idle 1s --max-total 0.5fil --via "$SILENT" free.offer -o other.car
	[[ $stderr == *"another process works on deal "* ]]
	echo >go
	wait "$pid"
	cmp free.car copy.car
	run -0 inspect --verify client
}

@test "a provider that does not end when we hang up is ended" {
	stubborn='exec sleep 60' # it does not look at its input at all
	run -5 --separate-stderr timeout 20 env RETRIEVAL_HOME="$PWD/client" RETRIEVAL_KEY="$PWD/client.key" \
		retrieve --max-total 0.5fil --idle 1s --via "$stubborn" content.offer
	[[ $stderr == *"nothing came from the provider for 1 seconds"* ]]
}

@test "the same provider may be asked again, and gets what is left of the ceiling and no less" {
	price=$((2 * $(json .size inspect content.offer --json)))
	run -0 --separate-stderr client retrieve --idle 2s --max-total "${price}afil" \
		--via "$SERVE | stdbuf -o0 head -c 3000000" --via "$SERVE" content.offer -o copy.car
	cmp content.car copy.car
	[ "$(spent)" = "$price" ]
	both_complete
}

@test "what is named twice is bought once, however few deals are open at a time" {
	several_files 2
	run -0 --separate-stderr buy --at-once 1 f2.offer f1.offer f2.offer f2.offer
	[ "$(count client deals list --json)" = 2 ]
	run -0 --separate-stderr buy --at-once 1 --again f2.offer f2.offer
	[ "$(count client deals list --json)" = 3 ]
}

@test "what another process has bought meanwhile is delivered, and not bought again" {
	several_files 1
	cid=$(inspect content.car --json | jq -r '.roots[0]')
	price=$((2 * $(json .size inspect content.offer --json)))
	mkfifo began go
	client retrieve -q --max-total "$((price + 2000))afil" --via "echo >began; read -r _ <go; $SERVE" "$cid" f1.offer -o cars/ &
	pid=$!
	read -r <began
	run -0 buy content.offer
	echo >go
	wait "$pid"
	cmp content.car "cars/$cid.car"
	[ "$(spent)" = "$((price + 2000))" ]
	[ "$(count client deals list --json)" = 2 ]
}

@test "what is named twice counts once for the ceiling" {
	price=$((2 * $(json .size inspect content.offer --json)))
	run -0 --separate-stderr client retrieve --max-total "${price}afil" --via "$SERVE" \
		content.offer "$(json ".roots[0]" inspect content.car --json)" content.offer -o "$PWD"
	[ "$(spent)" = "$price" ]
}

# other N COMMAND... - run a command as another provider.
other() {
	local n=$1

	shift
	[ -e "other$n.key" ] || keygen -q -o "other$n.key"
	RETRIEVAL_HOME=$PWD/other$n RETRIEVAL_KEY=$PWD/other$n.key "$@"
}

@test "of several providers all that did not end it are given up, and nothing stays reserved for them" {
	cid=$(inspect content.car --json | jq -r '.roots[0]')
	other 2 offer -q set content.car >other2.offer
	other 3 offer -q set content.car >other3.offer
	run -0 --separate-stderr client retrieve -q --idle 2s --max-total 0.5fil --via "$SERVE | stdbuf -o0 head -c 1500000" \
		--via "RETRIEVAL_HOME=$PWD/other2 serve -q | stdbuf -o0 head -c 1500000" \
		--via "RETRIEVAL_HOME=$PWD/other3 serve -q" "$cid" -o copy.car
	cmp content.car copy.car
	[ "$(states client deals list --json)" = "2 DealStatusCancelled, 1 DealStatusCompleted" ]
	run -0 inspect --verify client
}

@test "a ceiling for several contents holds where a deal of an earlier run goes on" {
	cid=$(inspect content.car --json | jq -r '.roots[0]')
	price=$((2 * $(json .size inspect content.offer --json)))
	several_files 1
	other 2 offer -q set content.car >other2.offer
	ceiling=$((price + 2000))
	run client retrieve -q --idle 2s --max-total "${ceiling}afil" \
		--via "RETRIEVAL_HOME=$PWD/other2 serve -q | stdbuf -o0 head -c 1500000" "$cid" f1.offer
	earlier=$(spent)
	run client retrieve -q --idle 2s --max-total "${ceiling}afil" --via "$SERVE | stdbuf -o0 head -c 4000000" \
		--via "RETRIEVAL_HOME=$PWD/other2 serve -q" "$cid" f1.offer
	[ "$(($(spent) - earlier))" -gt 0 ]
	[ "$(($(spent) - earlier))" -le "$ceiling" ]
	run -0 inspect --verify client
}

@test "a disk that fails at any moment is told: exit 0 means that all is here" {
	strace -o /dev/null -e trace=write -e inject=write:error=EIO:when=999 true 2>/dev/null || skip "strace can't be used"
	make_file small 50k
	pack -q small -o small.car
	provider offer -q set small.car >small.offer
	for call in pwrite64 fdatasync; do
		code=10
		for ((n = 2; n < 60 && code != 0; n++)); do
			rm -rf client copy.car
			code=0
			client env ASAN_OPTIONS=detect_leaks=0 \
				strace -qq -o trace -e trace="$call" -e inject="$call:error=EIO:when=$n+" \
				retrieve -q --idle 5s --max-total 0.5fil --via "$SERVE" small.offer -o copy.car 2>err || code=$?
			if [ "$code" = 0 ]; then
				cmp small.car copy.car
			else
				[ "$code" = 10 ]
				[ -s err ]
			fi
		done
		[ "$code" = 0 ]
	done
}

@test "a channel is not funded ahead beyond the ceiling" {
	several_files 4
	run -1 --separate-stderr client retrieve -q --at-once 1 --max-total 7000afil --via "$SERVE" f1.offer f2.offer f4.offer f3.offer
	[ "$(spent)" = 6000 ]
	[ "$(json .balance client channel list --json)" -le 7000 ]
}

@test "the provider's command has neither the store nor the ledger open" {
	run -0 --separate-stderr client retrieve -q --max-total 0.5fil content.offer -o copy.car \
		--via "ls -l /proc/self/fd >open; env $SERVE"
	[ -s open ]
	run -1 grep -E 'mdb|ledger|client' open
}

@test "a place that can't be written to is exit 10 before anything is bought" {
	touch script
	chmod +x script
	for where in "-o none/copy.car" "-o content/" "-o script/copy.car" "-x content" "-x content/out"; do
		# shellcheck disable=SC2086
		run -10 --separate-stderr buy content.offer $where
		[[ $stderr == "retrieve: cannot write "*"'${where#-? }': "* ]]
		run -1 client deals show @
	done
	for where in -o -x; do
		code=0
		buy content.offer "$where" - >&- 2>err || code=$?
		[ "$code" = 10 ]
		[ "$(cat err)" = "retrieve: cannot write '-': Bad file descriptor" ]
		run -1 client deals show @
	done
}

@test "a folder in the place of the file that would be written is exit 10 before anything is paid" {
	cid=$(json .payload_cid inspect --json content.offer)
	mkdir -p "cars/$cid.car"
	run -10 --separate-stderr buy content.offer -o cars
	[ "$stderr" = "retrieve: cannot write 'cars/$cid.car': Is a directory" ]
	make_file single 5000
	offer_file single
	cid=$(json .payload_cid inspect --json content.offer)
	mkdir -p "out/$cid"
	run -10 --separate-stderr buy content.offer -x out
	[ "$stderr" = "retrieve: cannot write 'out/$cid': Is a directory" ]
	[ "$(count client channel list --json)" = 0 ]
	rmdir "out/$cid"
	buy -q content.offer -x out
	cmp single "out/$cid"
}

@test "a limit on the size of files is exit 10 as a full disk is, and the same command goes on without it" {
	run -10 --separate-stderr bash -c 'ulimit -f 1024; exec "$@"' sh env RETRIEVAL_HOME="$PWD/client" RETRIEVAL_KEY="$PWD/client.key" \
		retrieve --max-total 0.5fil --via "$SERVE" content.offer -o copy.car
	[ ! -e copy.car ]
	[ "$(count client channel list --json)" = 0 ]
	buy -q content.offer -o copy.car
	cmp content.car copy.car
}

@test "-o makes a folder if its name ends with a slash" {
	make_file other 1k 7
	pack -q other -o other.car
	provider offer -q set other.car -o other.offer
	run -0 --separate-stderr buy content.offer other.offer -o cars/all/
	cmp content.car "cars/all/$(json '.roots[0]' inspect content.car --json).car"
	cmp other.car "cars/all/$(json '.roots[0]' inspect other.car --json).car"
}

@test "a reader of the output that goes away is exit 5" {
	run -5 --separate-stderr bash -o pipefail -c \
		'RETRIEVAL_HOME=client RETRIEVAL_KEY=client.key retrieve --max-total 0.5fil --via "$SERVE" content.offer -o - | head -c 10 >/dev/null'
	[[ $stderr == *"retrieve: the reader of the output went away" ]]
	run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
}

@test "if one provider's channel settles, the next provider is asked" {
	SERVE="$SERVE | stdbuf -o0 head -c 3000000" run -5 --separate-stderr buy content.offer
	provider settle -q @ || true
	other 2 offer -q set content.car --price 2afil >other2.offer
	run -0 --separate-stderr buy content.offer --via "RETRIEVAL_HOME=$PWD/other2 serve -q" -o copy.car
	[[ $stderr == *"is settling"*"; the next provider is tried"* ]]
	cmp content.car copy.car
}

@test "if the provider settles in the middle, the deal can be given up for a new one" {
	SERVE="$SERVE | stdbuf -o0 head -c 3000000" run -5 --separate-stderr buy content.offer
	first=$(client deals show @ --json | jq -r .id)
	provider settle -q @ || true
	run -8 --separate-stderr buy content.offer -o copy.car
	[[ $stderr == *"the channel of deal $first is settling"*"hint: deals cancel $first -o cancel.frames" ]]
	ledger -q advance 12h
	provider settle -q @ || true
	run -8 --separate-stderr buy content.offer -o copy.car
	[[ $stderr == *" of deal $first was collected"*"hint: deals cancel $first -o cancel.frames" ]]
	client deals cancel -q "$first" -o cancel.frames
	eval "$SERVE" <cancel.frames || true
	run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
	newest=$(client deals show @ --json | jq -r .id)
	[ "$newest" != "$first" ]
}

@test "what a cancelled deal brought is not bought again, nor what a run that was killed had from another provider" {
	price=$((2 * $(json .size inspect content.offer --json)))
	SERVE="$SERVE | stdbuf -o0 head -c 2500000" run -5 --separate-stderr buy content.offer
	first=$(client deals show @ --json | jq -r .id)
	SERVE="$SERVE | stdbuf -o0 head -c 1500000" run -5 --separate-stderr buy --price 3afil content.offer
	[[ ${stderr_lines[0]} =~ ^retrieve:\ deal\ [0-9]+,\ with\ 2\.[0-9]\ MiB\ from\ deal\ $first$ ]]
	client deals cancel -q "$first" -o cancel.frames
	second=$(client deals show @ --json | jq -r .id)
	client deals cancel -q "$second" -o cancel.frames
	run -0 --separate-stderr buy content.offer -o copy.car
	[[ ${stderr_lines[0]} =~ ^retrieve:\ deal\ [0-9]+,\ with\ [23]\.[0-9]\ MiB\ from\ deal\ $second$ ]]
	cmp content.car copy.car
	[ "$(count client deals list --json)" = 3 ]
	[ "$(json -s 'map(.bytes) | add' client deals list --json)" = "$((price / 2))" ]
	run -0 inspect --verify client
	run -0 inspect --verify provider
}

# MONEY 15
@test "a deal that was cut off in its first interval and cancelled does not stand in the way of the same content" {
	pack -q --chunk-size 64KiB "$PWD/content" -o small.car
	provider offer -q set small.car --interval 512KiB --increase 0 >small.offer
	SERVE="$SERVE --client bob | stdbuf -o0 head -c 300000" run -5 --separate-stderr buy small.offer
	client deals cancel -q @ -o cancel.frames
	SERVE="$SERVE --client bob" run -0 --separate-stderr buy small.offer -o small.copy
	cmp small.car small.copy
	run -0 inspect --verify provider
	run -0 inspect --verify client
}

@test "what got lost of a cancelled deal is brought once more, and paid, before another content, in the same run" {
	pack -q --chunk-size 64KiB "$PWD/content" -o small.car
	provider offer -q set small.car --interval 512KiB --increase 0 >small.offer
	SERVE="$SERVE --client bob | stdbuf -o0 head -c 1300000" run -5 --separate-stderr buy small.offer
	client deals cancel -q @ -o cancel.frames
	SERVE="$SERVE --client bob" run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
	[[ $stderr == *"retrieve: deal "*", which was left unpaid before: "*" afil paid for "*" bytes of "* ]]
	[ "$(states client deals list --json)" = "2 DealStatusCancelled, 1 DealStatusCompleted, 2 DealStatusRejected" ]
	run -0 inspect --verify client
	run -0 inspect --verify provider
	SERVE="$SERVE --client bob" run -0 --separate-stderr buy --again content.offer -o copy.car
}

@test "a provider hears of a deal that was cancelled behind its back before it gets a new one" {
	SERVE="$SERVE --client bob | stdbuf -o0 head -c 2500000" run -5 --separate-stderr buy content.offer
	client deals cancel -q @ -o cancel.frames
	SERVE="$SERVE --client bob" run -0 --separate-stderr buy content.offer -o copy.car
	cmp content.car copy.car
	[ "$(json -rs 'map(.state) | join(" ")' provider deals list --json)" = "DealStatusCompleted DealStatusCancelled" ]
	run -0 inspect --verify provider
}

@test "a deal that begins with what another one brought is recorded, and replay agrees with either side" {
	SERVE="$SERVE | stdbuf -o0 head -c 2500000" run -5 --separate-stderr buy content.offer
	client deals cancel -q @ -o cancel.frames
	SERVE="$SERVE --record sold" run -0 --separate-stderr buy content.offer --record bought -o copy.car
	cmp content.car copy.car
	for recording in bought sold; do
		run -0 inspect --verify "$recording"
		run -0 replay "$recording"
	done
	run -0 replay --inject all bought
}

# buy_over --via COMMAND... - content.offer over these commands only.
buy_over() {
	client retrieve -q --idle 2s --max-total 0.5fil -o copy.car "$@" content.offer
}

# cut_at N - the provider, whose stream ends after N bytes.
cut_at() {
	echo "$SERVE | stdbuf -o0 head -c $1"
}

@test "words in place of frames, a banner or the answer of a web server, are exit 6 and said to be so, and the next one is asked" {
	for words in 'Welcome to this host' 'HTTP/1.1 400 Bad Request'; do
		run -6 --separate-stderr buy_over --via "echo '$words'; $SERVE 2>/dev/null"
		[ "$stderr" = "retrieve: the provider broke the protocol: text came in place of frames" ]
	done
	run -0 --separate-stderr buy_over --via "printf 'HTTP/1.1 400 Bad Request\\r\\n\\r\\n'" --via "$SERVE"
	cmp content.car copy.car
}

@test "a provider that has given all but its last word, or half of it, is followed by the next, and nothing is paid twice" {
	run -0 --separate-stderr buy_over --via "$SERVE | tee all.frames"
	last=$(json -s 'last | .offset' inspect --json all.frames)
	for at in "$last" $((last + 5)) $(($(stat -c %s all.frames) - 1)); do
		rm -r client copy.car
		ledger -q fund "$CLIENT" 1fil
		run -0 buy_over --via "$(cut_at "$at")" --via "$SERVE"
		cmp content.car copy.car
		[ "$(states client deals list --json)" = '1 DealStatusCompleted' ]
		[ "$(json .spent client deals show @ --json)" = "$(json .received provider deals show @ --json)" ]
	done
}
