#!/usr/bin/env bats
# funding.bats - several orders of money for one payee: one message at a time, and one for all that wait.

load common
load common_deal

DELAY=2

setup() {
	common_setup
	setup_parties --delay "$DELAY"
}

# arrive - what was sent is executed.
arrive() {
	ledger -q advance "${DELAY}e"
}

# executed WHAT - how many messages of that kind the ledger has executed.
executed() {
	json -s "map(select(.what == \"$1\")) | length" ledger log --json
}

# placed - a channel f0100 with 5000 afil, which the client's home has.
placed() {
	ledger -q place f0100 "$CLIENT" "$PROVIDER" 5000afil
	client channel -q import f0100
}

# accepted_deals N - N deals with the provider that wait for their channel, of 3000 afil each; their ids are in DEALS.
accepted_deals() {
	DEALS=()
	for ((i = 1; i <= $1; i++)); do
		make_file "data$i" 1000 $((i * 1000))
		pack -q "data$i" -o "content$i.car"
		provider offer -q set "content$i.car" --price 3afil --interval 1KiB --increase 1KiB >"$i.offer"
		client propose -q --max-total 0.1fil "$i.offer" -o 1.frames
		provider validate -q 1.frames -o 2.frames
		client validate -q 2.frames
		DEALS+=("$(json .id client deals show @ --json)")
	done
}

# balance - of the one channel.
balance() {
	json .balance client channel list --json
}

# MONEY 26
@test "orders that come while money is on its way are queued, and share one message when it has arrived" {
	placed
	run -11 --separate-stderr client channel add-funds f0100 10afil
	[[ $stderr == "channel: 10 afil to channel f0100 are sent, and not on the ledger yet (nonce "* ]]
	for amount in 20 30 40; do
		run -11 --separate-stderr client channel add-funds f0100 "${amount}afil"
		[ "$stderr" = "channel: $amount afil for the channel to $PROVIDER are queued: they are sent once the message before them is on the ledger" ]
	done
	[ "$(count ledger pending)" = 1 ]
	[ "$(json '"\(.arriving) \(.queued)"' client channel list --json)" = "10 90" ]
	[[ $(client channel list) == *", 10 afil more on the way, 90 afil queued" ]]
	run -0 client channel show f0100
	[[ $output == *$'\nqueued     90 afil'* ]]
	[[ $output == *"(channel add-funds f0100 10afil)"* ]]
	run -0 inspect --verify client
	arrive
	run -11 --separate-stderr client channel add-funds f0100 30afil
	[[ $stderr == "channel: 90 afil to channel f0100 are sent, and not on the ledger yet (nonce "* ]]
	[[ $(client channel show f0100) == *" 90 afil, nonce "*"(channel add-funds f0100 20afil)"* ]]
	[ "$(json '"\(.arriving) \(.queued)"' client channel list --json)" = "90 0" ]
	arrive
	for amount in 10 20 30 40; do
		run -0 --separate-stderr client channel add-funds f0100 "${amount}afil"
		[ "$stderr" = "channel: added $amount afil to channel f0100: it holds 5100 afil" ]
	done
	[ "$(executed add-funds)" = 2 ]
	run -0 --separate-stderr client channel add-funds f0100 40afil
	[[ $stderr == *" were added to channel f0100 already: "* ]]
	[ "$(count ledger pending)" = 0 ]
	run -0 inspect --verify client
}

# MONEY 26
@test "deals with one provider take two messages, however many they are: one creates the channel, one has the rest" {
	accepted_deals 5
	run -11 client channel -q open --deal "${DEALS[0]}"
	for deal in "${DEALS[@]:1}"; do
		run -11 --separate-stderr client channel open --deal "$deal"
		[[ $stderr == "channel: 3000 afil for the channel to $PROVIDER are queued: "* ]]
	done
	[ "$(count ledger pending)" = 1 ]
	arrive
	client channel -q open --deal "${DEALS[0]}"
	run -11 --separate-stderr client channel open --deal "${DEALS[3]}"
	[[ $stderr == "channel: 12000 afil to channel "* ]]
	arrive
	for deal in "${DEALS[@]}"; do
		client channel -q open --deal "$deal"
	done
	[ "$(executed create) $(executed add-funds)" = "1 1" ]
	[ "$(balance)" = 15000 ]
	[ "$(json -cs '[.[1:][].lane]' client channel show f2 --json)" = '["0","1","2","3","4"]' ]
	run -0 inspect --verify client
}

# MONEY 26
@test "deals that are opened at the same time share a message too, and each gets what it needs" {
	ledger -q init --manual --ledger now
	export RETRIEVAL_LEDGER=$PWD/now
	ledger -q fund "$CLIENT" 1fil
	accepted_deals 6
	for deal in "${DEALS[@]}"; do
		client channel -q open --deal "$deal" 3>&- &
	done
	wait
	[ "$(balance)" = 18000 ]
	[ "$(executed create)" = 1 ]
	[ "$(executed add-funds)" -le 5 ]
	[ "$(json -rs '[.[1:][].lane] | length' client channel show f2 --json)" = 6 ]
	run -0 inspect --verify client
}

# MONEY 26
@test "no money is sent for a deal that was cancelled while its order waited" {
	accepted_deals 3
	for deal in "${DEALS[@]}"; do
		run -11 client channel -q open --deal "$deal"
	done
	[ "$(json .queued client channel list --json)" = 6000 ]
	client deals -q cancel -o /dev/null "${DEALS[1]}"
	[ "$(json .queued client channel list --json)" = 3000 ]
	arrive
	client channel -q open --deal "${DEALS[0]}"
	run -11 --separate-stderr client channel open --deal "${DEALS[2]}"
	[[ $stderr == "channel: 3000 afil to channel "* ]]
	arrive
	client channel -q open --deal "${DEALS[2]}"
	[ "$(balance)" = 6000 ]
	[ "$(count ledger pending)" = 0 ]
	run -0 inspect --verify client
}

# MONEY 26
@test "an order that is too much does not keep the others from their money" {
	placed
	run -11 client channel -q add-funds f0100 10afil
	run -4 --separate-stderr client channel add-funds f0100 2fil
	[[ ${stderr_lines[0]} == "channel: not enough in account $CLIENT: needed 2000000000000000000 afil, "* ]]
	run -11 client channel -q add-funds f0100 0.6fil
	run -11 client channel -q add-funds f0100 0.5fil
	[ "$(json .queued client channel list --json)" = 1100000000000000000 ]
	arrive
	run -11 --separate-stderr client channel add-funds f0100 0.6fil # both together are too much
	[[ $stderr == "channel: 600000000000000000 afil to channel f0100 are sent"* ]]
	run -4 --separate-stderr client channel add-funds f0100 0.5fil
	[[ ${stderr_lines[0]} == "channel: not enough in account $CLIENT: needed 500000000000000000 afil, "* ]]
	[ "$(json .queued client channel list --json)" = 0 ]
	arrive
	client channel -q add-funds f0100 0.6fil
	run -11 client channel -q add-funds f0100 5afil
	arrive
	client channel -q add-funds f0100 5afil
	run -0 inspect --verify client
}

# MONEY 26
@test "a channel that is being created takes orders by its address" {
	accepted_deals 1
	run -11 client channel -q open --deal @
	channel=$(json .channel client channel list --json)
	run -11 --separate-stderr client channel add-funds "$channel" 10afil
	[[ $stderr == "channel: 10 afil for the channel to $PROVIDER are queued: "* ]]
	run -11 client channel -q add-funds "$channel" 20afil
	[ "$(json '"\(.arriving) \(.queued)"' client channel list --json)" = "3000 30" ]
	arrive
	client channel -q open --deal @
	run -11 client channel -q add-funds "$channel" 10afil
	arrive
	client channel -q add-funds "$channel" 10afil
	client channel -q add-funds "$channel" 20afil
	[ "$(balance)" = 3030 ]
	[ "$(executed create) $(executed add-funds)" = "1 1" ]
}

# MONEY 9, MONEY 26
@test "killed at any moment, orders that share a message are paid once" {
	[ "$BUILD" = "${BUILD%asan*}" ] || skip "the sanitizer's own calls come first"
	strace -o /dev/null -e trace=pwrite64 true 2>/dev/null || skip "strace can't be used"
	placed
	want=5000
	for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
		run -11 client channel -q add-funds f0100 "$((n * 100))afil"
		run -11 client channel -q add-funds f0100 "$((n * 100 + 1))afil"
		run -11 client channel -q add-funds f0100 "$((n * 100 + 2))afil"
		arrive
		RETRIEVAL_HOME=$PWD/client RETRIEVAL_KEY=$PWD/client.key strace -qq -o /dev/null -e trace=pwrite64,pwritev,fdatasync \
			-e inject=pwrite64,pwritev,fdatasync:signal=KILL:when="$n" \
			channel add-funds -q f0100 "$((n * 100 + 1))afil" 2>killed.log || true
		for ((left = 7, round = 0; left != 0 && round < 4; round++)); do # each order until it is reported, once
			for more in 2 1 0; do
				[ $((left >> more & 1)) = 1 ] || continue
				done=0
				client channel -q add-funds f0100 "$((n * 100 + more))afil" 2>more.log || done=$?
				[ "$done" != 0 ] || left=$((left & ~(1 << more)))
				[ "$done" = 0 ] || [ "$done" = 11 ]
			done
			arrive
		done
		[ "$left" = 0 ]
		want=$((want + n * 300 + 3))
		[ "$(balance)" = "$want" ]
		[ "$(count ledger pending)" = 0 ]
	done
	run -0 inspect --verify client
	run -0 ledger check
}

# MONEY 26
@test "a message that lost its nonce takes its orders with it: each is said, nothing has moved, and the next run orders anew" {
	placed
	run -11 client channel -q add-funds f0100 10afil
	run -11 client channel -q add-funds f0100 20afil
	run -11 client channel -q add-funds f0100 30afil
	arrive
	cp -a client other
	run -11 client channel -q add-funds f0100 20afil # the batch of 20 and 30
	RETRIEVAL_HOME=$PWD/other RETRIEVAL_KEY=$PWD/client.key run -11 channel -q add-funds f0100 7afil # the same nonce, from another home
	[ "$(count ledger pending)" -ge 1 ]
	arrive
	client channel -q add-funds f0100 20afil || [ $? = 8 ]
	client channel -q add-funds f0100 30afil || [ $? = 8 ]
	run -0 inspect --verify client
	run -0 ledger check
}

# MONEY 26
@test "an order that was killed before its message was made finds another channel when its own is gone" {
	[ "$BUILD" = "${BUILD%asan*}" ] || skip "the sanitizer's own calls come first"
	strace -o /dev/null -e trace=pwrite64 true 2>/dev/null || skip "strace can't be used"
	ledger -q place f0100 "$CLIENT" "$PROVIDER" 100afil
	client channel -q import f0100
	accepted_deals 1
	mv client before
	cp -a ledger ledger.before
	for n in 4 5 6 7 8 9 10; do
		rm -rf client ledger
		cp -a before client
		cp -a ledger.before ledger
		RETRIEVAL_HOME=$PWD/client RETRIEVAL_KEY=$PWD/client.key strace -qq -o /dev/null -e trace=pwrite64,pwritev,fdatasync \
			-e inject=pwrite64,pwritev,fdatasync:signal=KILL:when="$n" \
			channel open -q --deal @ 2>killed.log || true
		[ "$(count ledger pending)" = 0 ] || continue
		for wait in 2e 12h 2e; do
			client settle -q --close f0100 >settled || [ $? = 11 ]
			ledger -q advance "$wait"
		done
		client settle -q f0100 >settled
		run -11 --separate-stderr client channel open --deal @
		arrive
		client channel -q open --deal @
		[ "$(json -cs '[.[] | select(.state == "open") | .balance]' client channel list --json)" = '["3000"]' ]
		run -0 inspect --verify client
	done
}

@test "channel open --to says that an amount is available only if it is" {
	accepted_deals 1
	run -11 client channel -q open --to "$PROVIDER" --amount 5000afil
	arrive
	client channel -q open --deal @ # takes 3000 of it
	run -11 --separate-stderr client channel open --to "$PROVIDER" --amount 5000afil
	[[ $stderr == "channel: 3000 afil to channel "* ]]
	arrive
	run -0 --separate-stderr client channel open --to "$PROVIDER" --amount 5000afil
	[[ $stderr == *": 5000 afil are available" ]]
	[ "$(json .available client channel list --json)" = 5000 ]
	[ "$(balance)" = 8000 ]
	run -0 inspect --verify client
}
