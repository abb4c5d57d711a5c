#!/usr/bin/env bats
# restores: a client's store is put back to an older copy, or lost with only the key left, and the next purchase works.

load common
load common_deal

setup() {
	common_setup
	setup_parties
	export SERVE="RETRIEVAL_HOME=$PWD/provider serve -q"
	local name
	for name in one two three; do
		make_file "$name" 2M
		echo "$name" >>"$name"
		pack -q "$name" -o "$name.car"
		provider offer -q set "$name.car" --price 2afil --interval 512KiB --increase 512KiB >"$name.offer"
	done
}

buy() {
	client retrieve --idle 5s --max-total 0.1fil --via "$SERVE" "$@"
}

# vouchers SIDE - what the best vouchers of that side's channels are worth together, in attoFIL.
vouchers() {
	json -s 'map(.vouchers | tonumber) | add // 0' "$1" channel list --json
}

# paid_once - the provider holds vouchers for what its deals have received, and no more; both stores hold together.
paid_once() {
	[ "$(vouchers provider)" = "$(json -s 'map(.funds | tonumber) | add' provider deals list --json)" ]
	run -0 inspect --verify client
	run -0 inspect --verify provider
}

# offer_many OFFER - content of many intervals, many.car, in the file OFFER.
offer_many() {
	make_file many 8M
	pack -q many -o many.car
	provider offer -q set many.car --price 2afil --interval 512KiB --increase 0 >"$1"
}

@test "an older copy of the store forgets a deal, and the next purchase works in the same run" {
	buy -q one.offer -o one.copy
	cp -a client copy
	buy -q two.offer -o two.copy
	rm -r client
	mv copy client
	run -0 --separate-stderr buy three.offer -o three.copy
	cmp three.car three.copy
	paid_once
	[ "$(vouchers client)" = "$(vouchers provider)" ]
}

@test "five forgotten deals cost no more runs than one" {
	buy -q one.offer -o one.copy
	cp -a client copy
	for _ in 1 2 3 4 5; do
		buy -q --again one.offer -o one.copy
	done
	rm -r client
	mv copy client
	run -0 --separate-stderr buy two.offer -o two.copy
	cmp two.car two.copy
	paid_once
}

# MONEY 17
@test "put back to its first payment, a client gets the rest of a completed deal, and what it has signed for it" {
	make_file short 100000
	pack -q --chunk-size 16KiB short -o short.car
	provider offer -q set short.car --price 2afil --interval 64KiB --increase 0 >content.offer
	begin_deal
	one_round || [ $? = 3 ]
	cp -a client copy
	finish_deal
	[ "$(state client)" = DealStatusCompleted ]
	buy -q two.offer -o two.copy
	rm -r client
	mv copy client
	cp -a client copy
	run -0 --separate-stderr buy two.offer -o two.copy # the same channel: what was signed comes back, with the blocks still away
	run -0 inspect --verify client
	rm -r client
	mv copy client
	run -0 --separate-stderr client retrieve --idle 5s --max-total 0.5fil --via "$SERVE" content.offer -o short.copy
	cmp short.car short.copy
	[ "$(count provider deals list --json)" = 3 ]
	run -0 inspect --verify client
	run -0 buy -q three.offer -o three.copy
	paid_once
	[ "$(vouchers client)" = "$(vouchers provider)" ]
}

@test "with only the key left, the channel is found on the ledger, used again, and not funded twice" {
	buy -q one.offer -o one.copy
	channel=$(json .channel client channel list --json)
	rm -r client
	run -0 --separate-stderr buy two.offer -o two.copy
	cmp two.car two.copy
	[ "$(json .channel client channel list --json)" = "$channel" ]
	[ "$(count provider channel list --json)" = 1 ]
	[ "$(vouchers client)" = "$(vouchers provider)" ]
	paid_once
}

# MONEY 16
@test "a channel that is imported is not used from lane 0 on, as if it were new" {
	buy -q one.offer -o one.copy
	channel=$(json .channel client channel list --json)
	rm -r client
	run -5 client retrieve -q --max-total 0.1fil --via false one.offer # a store again, without a channel
	client channel import -q "$channel"
	run -0 --separate-stderr buy two.offer -o two.copy
	cmp two.car two.copy
	paid_once
}

@test "a store that is put back in the middle of a deal goes on with what is paid already" {
	SERVE="$SERVE | stdbuf -o0 head -c 700000" run -5 --separate-stderr buy one.offer
	cp -a client copy
	SERVE="$SERVE | stdbuf -o0 head -c 1200000" run -5 --separate-stderr buy one.offer
	rm -r client
	mv copy client
	for _ in 1 2 3; do
		run --separate-stderr buy one.offer -o one.copy
		[ "$status" != 0 ] || break
	done
	[ "$status" = 0 ]
	cmp one.car one.copy
	[ "$(vouchers provider)" = "$(json .received provider deals show @ --json)" ]
	[ "$(count provider deals list --json)" = 1 ]
}

# MONEY 17
@test "the same by hand: the refusal brings what was forgotten, and the next voucher is taken" {
	buy -q one.offer -o one.copy
	cp -a client copy
	buy -q two.offer -o two.copy
	rm -r client
	mv copy client
	cp three.offer content.offer
	begin_deal
	finish_deal || true
	run -8 --separate-stderr provider validate pay.frames -o paid.frames
	client receive-blocks -q paid.frames || true
	client channel -q add-funds @ 5000000afil # what the forgotten deal has spent
	client make-voucher -q --deal @ -o pay.frames
	provider validate -q pay.frames -o paid.frames
	client receive-blocks -q paid.frames || true
	finish_deal
	[ "$(state client)" = DealStatusCompleted ]
	paid_once
}

@test "a lane that a deal names and that the store does not have is damage, and nothing is signed" {
	SERVE="$SERVE | stdbuf -o0 head -c 300000" run -5 --separate-stderr buy one.offer
	# The key of a lane's record: L, 21, the channel's address, lane 0.
	xxd -p client/data.mdb | tr -d '\n' >pages # an address may have any byte in it, so this is about digits
	places=$(grep -ob '4c1502[0-9a-f]\{40\}0000000000000000' pages | awk -F: '$1 % 2 == 0 { print $1 / 2 }')
	[ -n "$places" ]
	for place in $places; do
		printf '\1' | dd of=client/data.mdb bs=1 seek="$((place + 30))" conv=notrunc status=none
	done
	run -7 --separate-stderr buy one.offer -o one.copy
	[ "$(vouchers provider)" = 0 ]
}

@test "at some steps of a deal, a copy of either home is put back, and all is delivered and paid once; see tests/restores" {
	BUILD=${PATH%%/bin:*} run -0 "$BATS_TEST_DIRNAME/../restores"
	[[ ${lines[-1]} =~ ^[1-9][0-9]*\ passed,\ 0\ failed$ ]]
}

@test "an older copy from inside a deal goes on in the same run, however many payments it signs again" {
	offer_many many.offer
	SERVE="$SERVE | stdbuf -o0 head -c 1300000" run -5 --separate-stderr buy --idle 2s many.offer
	cp -a client copy
	SERVE="$SERVE | stdbuf -o0 head -c 5900000" run -5 --separate-stderr buy --idle 2s many.offer
	rm -r client
	mv copy client
	run -0 --separate-stderr buy many.offer -o many.copy
	cmp many.car many.copy
	[ "$(count client deals list --json)" = 1 ]
	paid_once
}

# named NAME - the provider knows the client from now on.
named() {
	SERVE="RETRIEVAL_HOME=$PWD/provider serve -q --client $1"
}

# MONEY 15
@test "a client that the provider knows, and whose home is lost inside a deal, buys the same content in one run" {
	local at

	for at in 300000 1300000; do # nothing paid, and something
		rm -rf client provider
		for name in one two; do
			provider offer -q set "$name.car" --price 2afil --interval 512KiB --increase 0 >"$name.offer"
		done
		named bob
		SERVE="$SERVE | stdbuf -o0 head -c $at" run -5 --separate-stderr buy -q --idle 1s one.offer
		deal=$(json .id provider deals show @ --json)
		rm -r client
		run -0 --separate-stderr buy -q one.offer -o one.copy
		cmp one.car one.copy
		[ "$(json .id provider deals show @ --json)" = "$deal" ]
		[ "$(json .received provider deals show @ --json)" = "$(json .spent client deals show "$deal" --json)" ]
		[ "$(json .received provider deals show @ --json)" = "$((2 * $(json .bytes inspect --json one.car)))" ]
		[ "$(count provider deals list --json)" = 1 ]
		paid_once
		run -0 --separate-stderr buy -q two.offer -o two.copy
	done
}

# MONEY 15
@test "the same client buys another content: the forgotten deal is paid for what it sent, and ended" {
	named bob
	SERVE="$SERVE | stdbuf -o0 head -c 1300000" run -5 --separate-stderr buy -q --idle 1s one.offer
	deal=$(json .id provider deals show @ --json)
	rm -r client
	run -0 --separate-stderr buy two.offer -o two.copy
	[[ $stderr == *"deal $deal, which was left unpaid before: "*" afil paid for "* ]]
	cmp two.car two.copy
	[ "$(json .state provider deals show "$deal" --json)" = DealStatusCancelled ]
	[ "$(json .unpaid provider deals show "$deal" --json)" = 0 ]
	run -0 inspect --verify client
	run -0 inspect --verify provider
	[ "$(vouchers client)" = "$(vouchers provider)" ]
	# what was paid for is here: the rest of that content costs the rest
	run -0 --separate-stderr buy -q one.offer -o one.copy
	cmp one.car one.copy
	[ "$(vouchers provider)" = "$((2 * ($(json .bytes inspect --json one.car) + $(json .bytes inspect --json two.car))))" ]
}

# MONEY 8
@test "a forgotten deal is not paid above the ceiling, and with the provider's pardon nothing is paid" {
	named bob
	SERVE="$SERVE | stdbuf -o0 head -c 300000" run -5 --separate-stderr buy -q --idle 1s one.offer
	deal=$(json .id provider deals show @ --json)
	owed=$(json .unpaid provider deals show @ --json)
	price=$((2 * $(json .bytes inspect --json two.car)))
	rm -r client
	for ceiling in $((price + owed - 1)) $((price + owed)); do
		cp -a provider before
		run --separate-stderr client retrieve -q --idle 5s --max-total "${ceiling}afil" --via "$SERVE" two.offer -o two.copy
		if [ "$ceiling" = $((price + owed)) ]; then
			[ "$status" = 0 ]
		else
			[ "$status" = 1 ]
			[[ $stderr == *"deal $deal was left unpaid"* ]]
			[ "$(vouchers provider)" = 0 ]
		fi
		rm -rf provider client
		mv before provider
	done
	run -0 --separate-stderr provider deals forgive "$deal"
	[ "$stderr" = "deals: deal $deal: $owed afil are forgiven" ]
	run -0 --separate-stderr provider deals forgive "$deal"
	[ "$stderr" = "deals: nothing is owed for deal $deal" ]
	run -0 inspect --verify provider
	run -0 --separate-stderr client retrieve -q --idle 5s --max-total "${price}afil" --via "$SERVE" two.offer -o two.copy
	cmp two.car two.copy
	[ "$(vouchers provider)" = "$price" ]
}

@test "several contents at once: a forgotten deal is paid once for all of them" {
	named bob
	SERVE="$SERVE | stdbuf -o0 head -c 300000" run -5 --separate-stderr buy -q --idle 1s one.offer
	rm -r client
	mkdir cars
	run -0 --separate-stderr buy two.offer three.offer -o cars
	[ "$(grep -c 'was left unpaid before' <<<"$stderr")" = 1 ]
	[ "$(count provider deals list --json)" = 3 ]
	run -0 inspect --verify client
	run -0 inspect --verify provider
}

@test "a deal that was begun with a lower ceiling goes on with a higher one" {
	named bob
	run -5 --separate-stderr client retrieve -q --idle 1s --max-total 0.01fil --via "$SERVE | stdbuf -o0 head -c 1300000" one.offer
	run -0 --separate-stderr client retrieve -q --idle 5s --max-total 0.02fil --via "$SERVE" one.offer -o one.copy
	cmp one.car one.copy
	[ "$(count provider deals list --json)" = 1 ]
	paid_once
}

@test "a lost home by hand: the refusal brings the forgotten deal back, the next propose goes on with that deal" {
	cp one.offer content.offer
	client propose -q --max-total 0.5fil content.offer -o 1.frames
	provider validate -q --client bob 1.frames -o 2.frames
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	deal=$(json .id provider deals show @ --json)
	rm -r client
	client propose -q --max-total 0.5fil content.offer -o 4.frames
	run -1 --separate-stderr provider validate --client bob 4.frames -o 5.frames
	run -1 --separate-stderr client validate 5.frames
	[[ $stderr == *"deal $deal was left unpaid"*"hint: deals resume $deal -o resume.frames" ]]
	[ "$(json .state client deals show "$deal" --json)" = DealStatusWaitForAcceptance ]
	run -0 --separate-stderr client deals resume -q "$deal" -o 6.frames
	run -0 --separate-stderr client propose --max-total 0.5fil content.offer -o 7.frames
	[[ $stderr == *"propose: deal $deal: "* ]]
	cmp 6.frames 7.frames
	run -0 --separate-stderr provider validate --client bob 6.frames -o 8.frames
	client validate -q 8.frames
	client channel -q open --deal "$deal"
	finish_deal
	[ "$(json .state client deals show "$deal" --json)" = DealStatusCompleted ]
	[ "$(json .state provider deals show "$deal" --json)" = DealStatusCompleted ]
	paid_once
}

# MONEY 17
@test "a resumed deal's acceptance brings its best voucher, and nothing is signed below that one" {
	offer_many content.offer
	begin_deal
	one_round || [ $? = 3 ]
	provider send-blocks -q --deal @ -o blocks.frames || [ $? = 3 ]
	client receive-blocks -q blocks.frames || [ $? = 3 ]
	cp -a client copy # a payment is due there, and not signed
	client make-voucher -q --deal @ -o pay.frames
	provider validate -q pay.frames -o paid.frames
	client receive-blocks -q paid.frames || [ $? = 5 ]
	one_round || [ $? = 3 ]
	best=$(json -rs 'max_by(.nonce | tonumber) | .nonce' provider channel vouchers @ --json)
	rm -r client
	mv copy client
	# what leaves the client in this run is kept
	run -0 --separate-stderr client retrieve -q --idle 5s --max-total 0.5fil --via "tee sent | $SERVE" content.offer -o many.copy
	cmp many.car many.copy
	first=$(json -rs 'map(.message.request?.payment?.payment_voucher.nonce // empty | tonumber) | min' inspect --json sent)
	[ "$first" -ge "$best" ] || { echo "signed $first, and $best was signed before" && false; }
	paid_once
}

@test "a known client buys more from a provider whose home is older than a deal that is complete" {
	named bob
	SERVE="$SERVE | stdbuf -o0 head -c 1300000" run -5 --separate-stderr buy -q --idle 1s one.offer
	cp -a provider copy
	buy -q one.offer -o one.copy
	rm -r provider
	mv copy provider
	run -0 --separate-stderr buy -q two.offer -o two.copy
	[ "$(vouchers client)" = "$(vouchers provider)" ] # the lost voucher is there again
	run -0 inspect --verify provider
}

@test "vouchers that arrive late and out of their order are refused, and nothing else changes for either side" {
	offer_many content.offer
	begin_deal
	one_round || [ $? = 3 ]
	cp pay.frames old.frames
	one_round || [ $? = 3 ]
	provider send-blocks -q --deal @ -o blocks.frames || [ $? = 3 ]
	run -8 --separate-stderr provider validate old.frames -o refused.frames
	run -5 --separate-stderr client receive-blocks refused.frames
	run -3 --separate-stderr client receive-blocks refused.frames blocks.frames
	client make-voucher -q --deal @ -o new.frames
	provider validate -q new.frames -o paid.frames
	client receive-blocks -q paid.frames || [ $? = 3 ]
	finish_deal
	[ "$(state client)" = DealStatusCompleted ]
	paid_once
}

@test "an open deal that has to wait for a forgotten one goes on in the same run" {
	named bob
	client propose -q --max-total 0.1fil one.offer -o 1.frames # known to the copy, and accepted
	provider validate -q --client bob 1.frames -o 2.frames
	client validate -q 2.frames
	cp -a client copy
	SERVE="$SERVE | stdbuf -o0 head -c 300000" run -5 --separate-stderr buy -q --idle 1s two.offer
	deal=$(json .id provider deals show @ --json)
	rm -r client
	mv copy client
	run -0 --separate-stderr buy one.offer -o one.copy
	[[ $stderr == *"deal $deal, which was left unpaid before: "* ]]
	cmp one.car one.copy
	[ "$(vouchers client)" = "$(vouchers provider)" ]
	run -0 inspect --verify client
	run -0 inspect --verify provider
}

@test "an open deal that has to wait for another one of the user's says for which" {
	named bob
	client propose -q --max-total 0.1fil one.offer -o 1.frames
	provider validate -q --client bob 1.frames -o 2.frames
	SERVE="$SERVE | stdbuf -o0 head -c 300000" run -5 --separate-stderr buy -q --idle 1s two.offer
	deal=$(json .id provider deals show @ --json)
	run -10 --separate-stderr buy -q one.offer -o one.copy
	[[ $stderr == *"deal $deal was left unpaid; deal "*" can be resumed after that" ]]
	run -0 --separate-stderr buy -q two.offer -o two.copy
	run -0 --separate-stderr buy -q one.offer -o one.copy
}

@test "free content is not refused for a deal that was left unpaid" {
	named bob
	SERVE="$SERVE | stdbuf -o0 head -c 300000" run -5 --separate-stderr buy -q --idle 1s one.offer
	rm -r client
	provider offer -q set two.car --price 0 >free.offer
	run -0 --separate-stderr buy -q free.offer -o two.copy
	cmp two.car two.copy
}

# MONEY 7
@test "a provider's older home takes a voucher that was submitted since, and the deal goes on" {
	offer_many content.offer
	begin_deal
	one_round || [ $? = 3 ]
	cp -a provider copy
	one_round || [ $? = 3 ]
	run -0 provider settle -q --keep-open @
	rm -r provider
	mv copy provider
	run -0 --separate-stderr client retrieve -q --idle 5s --max-total 0.5fil --via "$SERVE" content.offer -o many.copy
	cmp many.car many.copy
	paid_once
	[ "$(count provider deals list --json)" = 1 ]
}

@test "a lane that a provider's older home has forgotten, and that was submitted since: nothing is paid twice, in the same run" {
	buy -q one.offer -o one.copy
	pack -q --chunk-size 256KiB two -o small.car
	provider offer -q set small.car --price 2afil --interval 512KiB --increase 512KiB >content.offer
	cp -a provider copy
	begin_deal
	one_round || [ $? = 3 ]
	provider settle -q --keep-open @
	rm -r provider
	mv copy provider
	run -0 --separate-stderr client retrieve -q --idle 5s --max-total 0.5fil --via "$SERVE" content.offer -o small.copy
	cmp small.car small.copy
	[ "$(states client deals list --json)" = "1 DealStatusCancelled, 2 DealStatusCompleted" ]
	[ "$(vouchers client)" = "$(json -s 'map(.cost | tonumber) | add' inspect --json one.offer content.offer)" ]
	run -0 inspect --verify client
	run -0 inspect --verify provider
	run -0 provider settle -q @
	ledger -q advance 13h
	run -0 provider settle -q @
	[ "$(json -rs "map(select(.address == \"$PROVIDER\"))[0].balance" ledger balance --json)" = "$(vouchers client)" ]
}

@test "vouchers from an older home are not new, and nothing is refused: not here, and not on the ledger" {
	SERVE="$SERVE | stdbuf -o0 head -c 1300000" run -5 --separate-stderr buy -q --idle 2s one.offer
	cp -a client copy
	buy -q one.offer -o one.copy
	RETRIEVAL_HOME=$PWD/copy RETRIEVAL_KEY=$PWD/client.key channel export @ >old
	client channel export @ >new
	cat old new old >all
	run -0 --separate-stderr provider channel import all
	[ "$stderr" = "channel: 0 of $(wc -l <all) vouchers are new here" ]
	run -0 provider settle -q --keep-open @
	run -0 --separate-stderr provider channel import all
	rm -r provider
	run -0 --separate-stderr provider channel import all
	[ "$(count provider channel list --json)" = 0 ] # the ledger has redeemed them: nothing is left to keep
}

# named_deal OFFER - by hand, the client "bob" receives the first interval of a deal.
named_deal() {
	client propose -q --max-total 0.5fil "$1" -o 1.frames
	provider validate -q --client bob 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @
	provider send-blocks -q --deal @ -o blocks.frames || [ $? = 3 ]
	client receive-blocks -q blocks.frames || [ $? = 3 ]
}

@test "a forgotten deal that goes on when it is resumed is paid up to its next pause" {
	named bob
	named_deal one.offer
	client make-voucher -q --deal @ -o pay.frames
	provider validate -q --client bob pay.frames -o paid.frames # what is beyond the interval is still unpaid
	[ "$(json .state provider deals show @ --json)" = DealStatusOngoing ]
	rm -r client
	run -0 --separate-stderr buy -q two.offer -o two.copy
	cmp two.car two.copy
	[ "$(vouchers client)" = "$(vouchers provider)" ]
	run -0 inspect --verify provider
}

@test "what was received of a deal that the user cancelled is paid before another content is bought" {
	named bob
	named_deal one.offer
	owed=$(json .unpaid provider deals show @ --json)
	client deals cancel -q @ -o cancel.frames
	provider validate -q --client bob cancel.frames
	run -0 --separate-stderr buy two.offer -o two.copy
	[[ $stderr == *", which was left unpaid before: $owed afil paid for "* ]]
	cmp two.car two.copy
	[ "$(vouchers client)" = "$(vouchers provider)" ]
	# if its home has forgotten the deal, only the provider's pardon helps
	named_deal three.offer
	deal=$(json .id provider deals show @ --json)
	client deals cancel -q @ -o cancel.frames
	provider validate -q --client bob cancel.frames
	rm -r client
	run -1 --separate-stderr buy -q one.offer
	[[ $stderr == *" afil are owed for deals that were left or cancelled: pay for them before a new one" ]]
	provider deals forgive -q "$deal"
	run -0 --separate-stderr buy -q one.offer -o one.copy
	run -0 inspect --verify client
	run -0 inspect --verify provider
}

# other COMMAND... - another client, with a key of its own.
other() {
	RETRIEVAL_HOME="$PWD/other" RETRIEVAL_KEY="$PWD/other.key" "$@"
}

@test "of two clients behind one name, one does not pay for a deal that the other's key pays for" {
	keygen -q --seed 3 -o other.key
	ledger -q fund "$(address_of other.key)" 1fil
	named bob
	SERVE="$SERVE | stdbuf -o0 head -c 1300000" run -5 --separate-stderr buy -q --idle 1s one.offer
	run -1 --separate-stderr other retrieve -q --idle 5s --max-total 0.1fil --via "$SERVE" one.offer
	[[ $stderr == *"another key pays for this deal"* ]]
	run -1 --separate-stderr other retrieve -q --idle 5s --max-total 0.1fil --via "$SERVE" two.offer
	[[ $stderr == *"was left unpaid"* ]]
	[ "$(count other channel list --json)" = 0 ]
	run -0 --separate-stderr buy -q one.offer -o one.copy
	run -0 --separate-stderr other retrieve -q --idle 5s --max-total 0.1fil --via "$SERVE" two.offer -o two.copy
	run -0 inspect --verify other
	run -0 inspect --verify provider
}

@test "a deal that was ended at the provider behind its client's back goes on as another one in the same run" {
	SERVE="$SERVE | stdbuf -o0 head -c 1300000" run -5 --separate-stderr buy -q --idle 1s one.offer
	provider deals cancel -q @ -o lost.frames
	run -0 --separate-stderr buy -q one.offer -o one.copy
	cmp one.car one.copy
	[ "$(vouchers client)" = "$(vouchers provider)" ]
	[ "$(vouchers provider)" = "$((2 * $(json .bytes inspect --json one.car)))" ]
}

# MONEY 16
@test "an older copy of a client's home uses no lane that it may have used before" {
	buy -q one.offer -o one.copy
	cp -a client copy
	buy -q two.offer -o two.copy
	rm -r client
	mv copy client
	run -0 --separate-stderr client retrieve -q --idle 5s --max-total 0.1fil --via "tee sent | $SERVE" three.offer -o three.copy
	cmp three.car three.copy
	[ "$(json -rs 'map(.message.request?.payment?.payment_voucher.lane // empty | tonumber) | min > 4096 and max < 262200' inspect --json sent)" = true ]
	paid_once
	[ "$(vouchers client)" = "$(vouchers provider)" ]
	# a home that is not older goes on with its lanes
	rm -r client provider
	for name in one two three; do
		provider offer -q set "$name.car" --price 2afil --interval 512KiB --increase 512KiB >"$name.offer"
	done
	buy -q one.offer -o one.copy
	channel=$(json .channel client channel list --json)
	client channel add-funds -q "$channel" 1000000afil
	before=$(json -s 'map(.lane | tonumber) | max' client channel lanes "$channel" --json)
	buy -q two.offer -o two.copy
	[ "$(json -s 'map(.lane | tonumber) | max' client channel lanes "$channel" --json)" = $((before + 1)) ]
}

# MONEY 16
@test "both homes are older than what was submitted, and the next purchase works" {
	local what

	for what in restored lost; do
		rm -rf client provider ledger copy old
		ledger -q init --manual
		ledger -q fund "$CLIENT" 1fil
		for name in one two three; do
			provider offer -q set "$name.car" --price 2afil --interval 512KiB --increase 512KiB >"$name.offer"
		done
		buy -q one.offer -o one.copy
		client channel add-funds -q @ 20000000afil # so that nothing has to be added for what follows
		cp -a client copy
		cp -a provider old
		buy -q two.offer -o two.copy
		run -0 provider settle -q --keep-open @
		rm -r client provider
		mv copy client
		if [ $what = restored ]; then
			mv old provider
		else
			for name in one two three; do
				provider offer -q set "$name.car" --price 2afil --interval 512KiB --increase 512KiB >"$name.offer"
			done
		fi
		run -0 --separate-stderr buy -q three.offer -o three.copy
		cmp three.car three.copy
		run -0 inspect --verify client
		run -0 inspect --verify provider
		run -0 ledger check
	done
}
