#!/usr/bin/env bats
# replay and --record: a deal that was recorded is done again, and agrees in every frame, state and amount.

# shellcheck disable=SC2030,SC2031  # each recorded deal has an environment of its own

load common
load common_deal

DEALS="paid small empty free unseal dry duplicate blake2b rejected missing gone cancelled intervals late"

setup() {
	common_setup
	VECTORS=$(cd "$BATS_TEST_DIRNAME/../data/vectors/deals" && pwd)
	[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
}

# deal_in FOLDER KIND - a deal of that kind, from the same keys and seed each time, recorded in FOLDER/rec.
deal_in() (
	set -e
	mkdir "$1"
	cd "$1"
	export BATS_TEST_TMPDIR=$PWD RETRIEVAL_LEDGER=$PWD/ledger RETRIEVAL_SEED=7
	setup_parties
	export RETRIEVAL_RECORD=${RECORD-$PWD/rec}
	"deal_$2"
)

# ask - propose content.offer, and hear what the provider says to it.
ask() {
	local code=0

	client propose -q --max-total 0.5fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames 2>answer.log || code=$?
	client validate -q 2.frames 2>>answer.log || true
	return "$code"
}

# finish - rounds until the deal is complete on both sides.
finish() {
	while [ "$(state provider)" != DealStatusCompleted ] || [ "$(state client)" != DealStatusCompleted ]; do
		one_round || [ $? = 3 ]
	done
}

# small_content [SIZE [OPTION...]] - content of small blocks, offered with small intervals.
small_content() {
	make_file content "${1:-16K}"
	pack -q --chunk-size 1KiB content -o content.car
	provider offer -q set content.car --interval 4000B --increase 1000B "${@:2}" >content.offer
}

deal_paid() {
	make_file content 3M
	offer_file content
	begin_deal
	finish
}

deal_small() {
	make_file content 100
	offer_file content
	begin_deal
	finish
}

deal_empty() {
	: >content
	offer_file content
	begin_deal
	one_round
}

deal_free() {
	small_content 16K --price 0
	ask
	one_round
}

deal_unseal() {
	small_content 16K --unseal 5000afil
	begin_deal
	finish
}

deal_dry() {
	small_content
	ask
	client channel -q open --deal @ --amount 20000afil
	while one_round; [ $? = 3 ]; do :; done
	[ "$(state client)" = DealStatusInsufficientFunds ]
	client channel -q add-funds @ 30000afil
	finish
}

deal_duplicate() {
	make_file part 2K
	cat part part part part part part part part >content
	pack -q --chunk-size 1KiB content -o content.car
	provider offer -q set content.car --interval 1000B --increase 0B >content.offer
	begin_deal
	finish
}

deal_blake2b() {
	make_file content 16K
	pack -q --chunk-size 1KiB --hash blake2b-256 content -o content.car
	provider offer -q set content.car --interval 4000B --increase 1000B --price 0.1fil >content.offer
	client propose -q --max-price 1fil --max-total 100000fil content.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	ledger -q fund "$CLIENT" 100000fil
	client channel -q open --deal @
	finish
}

deal_rejected() {
	small_content
	provider offer -q set content.car --interval 4000B --increase 1000B --price 3afil >dear.offer
	ask && return 1
	[ "$(state client)" = DealStatusRejected ]
}

deal_missing() {
	small_content
	provider offer -q remove "$(json .roots[0] inspect --json content.car)"
	ask && return 1
	[ "$(state client)" = DealStatusDealNotFound ]
}

# the file of the content is not there now: the deal waits for it
deal_gone() {
	small_content
	rm content.car
	ask && return 1
	[ "$(state client)" = DealStatusWaitForAcceptance ]
}

deal_cancelled() {
	small_content
	begin_deal
	one_round || [ $? = 3 ]
	client deals -q cancel @ -o cancel.frames
	provider validate -q cancel.frames || true
	[ "$(state client)" = DealStatusCancelled ]
	[ "$(state provider)" = DealStatusCancelled ]
}

deal_intervals() {
	small_content 100K
	begin_deal
	finish
}

# the channel is opened only after the first blocks
deal_late() {
	small_content
	ask
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	client receive-blocks -q 3.frames -o copy.car || [ $? = 3 ]
	client channel -q open --deal @
	finish
}

@test "a recording has the layout of the recorded deals of the original" {
	deal_in one small
	[ "$(cd one/rec && echo *)" = "client.frames content.car deal.jsonl frames.jsonl meta.json provider.frames" ]
	cmp one/content.car one/rec/content.car
	[ "$(jq -r '.from + " " + .kind' one/rec/frames.jsonl)" = "client graphsync
provider graphsync
provider graphsync
provider graphsync
provider data-transfer
client data-transfer
provider data-transfer" ] || { jq -c . one/rec/frames.jsonl && false; }
	cat one/rec/*.frames >all
	[ "$(jq -s 'map(.bytes) | add' one/rec/frames.jsonl)" = "$(stat -c %s all)" ]
	for field in channel client_address deal_id final_client_status provider_address root total_funds scenario; do
		[ "$(jq "has(\"$field\")" one/rec/meta.json)" = true ]
	done
	[ "$(jq -r .client_address one/rec/meta.json)" = "$(address_of one/client.key)" ]
	run -0 --separate-stderr inspect one/rec/client.frames
}

@test "ten deals of our own and more, recorded twice, are the same bytes; each replays, both sides, twice" {
	for kind in $DEALS; do
		deal_in "$kind-1" "$kind"
		deal_in "$kind-2" "$kind"
		run -0 diff -r "$kind-1/rec" "$kind-2/rec"
		for rec in "$kind-1/rec" "$kind-2/rec"; do
			run -0 --separate-stderr replay --check "$rec"
			[ -z "$output" ] && [ -z "$stderr" ]
		done
		run -0 --separate-stderr replay --as client "$kind-1/rec"
		run -0 --separate-stderr replay --as provider "$kind-1/rec"
		[[ $output == *": agree" ]]
	done
}

@test "locale and time zone make no difference to a recording or its replay" {
	deal_in plain intervals
	LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 TZ=Asia/Kathmandu deal_in turkish intervals
	run -0 diff -r plain/rec turkish/rec
	run -0 --separate-stderr env LC_ALL=tr_TR.UTF-8 TZ=America/St_Johns replay --check plain/rec
}

@test "two parties that record into one folder make the same frames as into two" {
	deal_in one intervals
	# shellcheck disable=SC2317  # called by deal_intervals
	deal_apart() {
		client() { RETRIEVAL_RECORD=$PWD/rec-client RETRIEVAL_HOME=$PWD/client RETRIEVAL_KEY=$PWD/client.key "$@"; }
		provider() { RETRIEVAL_RECORD=$PWD/rec-provider RETRIEVAL_HOME=$PWD/provider RETRIEVAL_KEY=$PWD/provider.key "$@"; }
		deal_intervals
	}
	RECORD='' deal_in two apart
	for side in client provider; do
		cmp one/rec/client.frames "two/rec-$side/client.frames"
		cmp one/rec/provider.frames "two/rec-$side/provider.frames"
		diff <(jq -c 'del(.seq)' one/rec/frames.jsonl) <(jq -c 'del(.seq)' "two/rec-$side/frames.jsonl")
		diff <(jq -c "select(.from == \"$side\") | del(.seq)" one/rec/deal.jsonl) <(jq -c 'del(.seq)' "two/rec-$side/deal.jsonl")
		run -0 --separate-stderr replay --check "two/rec-$side"
	done
}

@test "two parties in one pipeline can record into one folder" {
	export RETRIEVAL_SEED=7
	setup_parties
	small_content
	export RETRIEVAL_RECORD=$PWD/rec
	begin_deal
	provider send-blocks -q --deal @ | client receive-blocks -q -o copy.car || true
	while [ "$(state client)" != DealStatusCompleted ]; do
		client make-voucher -q --deal @ | provider send-blocks -q - | client receive-blocks -q || true
	done
	unset RETRIEVAL_RECORD
	run -0 --separate-stderr replay --check rec
	[ "$(jq -s length rec/frames.jsonl)" -gt 10 ]
}

@test "a secret key is recorded only if that is asked for" {
	deal_in one small
	run -1 grep -rE 'client_key|provider_key' one/rec
	RETRIEVAL_RECORD_KEYS=1 deal_in two small
	[ "$(jq -r .client_key two/rec/meta.json)" = "$(cut -d' ' -f2 two/client.key)" ]
	[ "$(jq -r .provider_key two/rec/meta.json)" = "$(cut -d' ' -f2 two/provider.key)" ]
	run -0 --separate-stderr replay --check two/rec
	# without the key the signature is not ours to make; the key may be given
	run -0 --separate-stderr replay --check --key one/client.key one/rec
}

@test "a recording is of one deal: frames of another are not added, and the tool says so" {
	deal_in one small
	cp -r one/rec before
	cd one
	export BATS_TEST_TMPDIR=$PWD RETRIEVAL_LEDGER=$PWD/ledger
	make_file other 200
	pack -q other -o other.car
	provider offer -q set other.car >other.offer
	run -0 --separate-stderr client propose -q --max-total 1fil other.offer --record rec -o 1.frames
	[[ $stderr == "propose: '"*"/rec' is a recording of another deal: not recorded" ]]
	diff -r ../before rec
}

@test "a folder that cannot be written stops the tool before it says anything" {
	setup_parties
	make_file content 100
	offer_file content
	: >file
	run -10 --separate-stderr client propose -q --max-total 1fil content.offer --record file/rec -o 1.frames
	[[ $stderr == "propose: cannot record in 'file/rec': "* ]]
	[ ! -e 1.frames ]
}

@test "a killed run's half a frame is cut off, and recording goes on" {
	deal_in one small
	cp -r one/rec torn
	printf 'abc' >>torn/provider.frames
	printf '{"bytes":3' >>torn/frames.jsonl
	run -6 --separate-stderr replay torn
	cd one
	BATS_TEST_TMPDIR=$PWD RETRIEVAL_LEDGER=$PWD/ledger
	client make-voucher -q --deal @ --record ../torn -o again.frames
	cd ..
	cmp torn/provider.frames one/rec/provider.frames
	run -0 --separate-stderr replay --check torn
}

@test "the recorded deals of the original: vouchers byte for byte, the same demands, the same order of blocks" {
	run -0 --separate-stderr replay --against "$VECTORS"/*
	[ "${#lines[@]}" = "$(count find "$VECTORS" -mindepth 1 -maxdepth 1)" ]
	[ "$(grep -c ': agree$' <<<"$output")" = 7 ]
	[[ $output == *"free: differs by design: the original ended in timeout: its client waits for ever"* ]]
	[[ $output == *"no-data: differs by design: the original ended in timeout: its provider has no data"* ]]
	[[ $output == *"unseal-price: differs by design: the original ended in DealStatusErrored: "*"(first at frame 5 at 701 of client.frames: transfer.Request.Vouch.PaymentVoucher.Amount: recorded 8038, ours 13000)"* ]]
	run -0 --separate-stderr replay --check --against "$VECTORS"/paid "$VECTORS"/insufficient-funds
	[ -z "$output" ] && [ -z "$stderr" ]
	for side in client provider; do
		run -0 --separate-stderr replay --against --as "$side" "$VECTORS"/*
	done
}

@test "a changed amount is a difference, shown with its frame, offset and field" {
	cp -r "$VECTORS/paid" changed
	# the amount of the first voucher: 8000 afil, as 43 00 1f 40
	python3 - <<-'PYTHON' || skip "no python3"
		data = open("changed/client.frames", "rb").read()
		at = data.index(b"\x43\x00\x1f\x40")
		open("changed/client.frames", "wb").write(data[:at] + b"\x43\x00\x1f\x41" + data[at + 4:])
	PYTHON
	run -1 --separate-stderr replay --check --against changed
	[[ ${lines[0]} == "changed: frame 5 at 698 of client.frames: transfer.Request.Vouch.PaymentVoucher.Amount: recorded 8001, ours 8000" ]]
	[[ $stderr == "replay: changed differs from its recording" ]]
	run -1 --separate-stderr replay --json --check --against changed
	[ "$(jq -c . <<<"${lines[0]}")" = '{"recording":"changed","path":"transfer.Request.Vouch.PaymentVoucher.Amount","recorded":"8001","ours":"8000","frame":5,"offset":698}' ]
}

@test "a changed state, counter or event of our own recording is a difference" {
	deal_in one small
	for change in 's/DealStatusCompleted/DealStatusErrored/' 's/"fundsSpent":"200"/"fundsSpent":"201"/' \
		's/"totalSent":100/"totalSent":99/' 's/ProviderEventPaymentReceived/ProviderEventPartialPaymentReceived/'; do
		rm -rf changed
		cp -r one/rec changed
		sed -i "$change" changed/*.json changed/*.jsonl
		run -1 --separate-stderr replay --check changed
		[ -n "$output" ]
	done
	rm -rf changed
	cp -r one/rec changed
	sed -i 's/"final_client_status": "DealStatusCompleted"/"final_client_status": "DealStatusErrored"/' changed/meta.json
	run -1 --separate-stderr replay changed
	[ "${lines[0]}" = "changed: final_client_status: recorded DealStatusErrored, ours DealStatusCompleted" ]
	[ "${lines[1]}" = "changed: 7 frames: 1 differences" ]
}

@test "what is no recording is malformed, exit 6" {
	mkdir empty
	run -6 --separate-stderr replay empty
	[[ $stderr == "replay: 'empty' is not a recording: meta.json: "* ]]
	for damage in 'rm client.frames' ': >frames.jsonl' 'truncate -s -1 provider.frames' 'echo 1 >deal.jsonl' \
		'sed -i s/bytes\":301/bytes\":300/ frames.jsonl' 'echo "{}" >meta.json' 'printf x >>client.frames' \
		'sed -i s/from\":\"client/from\":\"nobody/ frames.jsonl'; do
		rm -rf broken
		cp -r "$VECTORS/paid" broken
		(cd broken && bash -c "$damage")
		run -6 --separate-stderr replay --against broken
		[[ $stderr == "replay: 'broken' is not a recording: "* ]]
	done
}

@test "of many recordings each is replayed, and the first failure is the exit code" {
	mkdir empty
	run -6 --separate-stderr replay --against "$VECTORS/paid" empty "$VECTORS/single-block"
	[ "${lines[0]}" = "paid: 21 frames: agree" ]
	[ "${lines[1]}" = "single-block: 6 frames: agree" ]
}

@test "--until stops early, --step shows each frame, --stats is a table" {
	run -0 --separate-stderr replay --step --until 6 --as provider --against "$VECTORS/paid"
	[ "${#lines[@]}" = 7 ]
	[ "${lines[5]}" = "5  client  data-transfer, 299 bytes at 698  client -, spent 0 afil  provider FundsNeeded, received 8000 afil" ]
	deal_in one intervals
	run -0 --separate-stderr replay --stats one/rec
	[ "${lines[0]}" = $'recording\tframe\tfrom\tkind\toffset\tbytes\tblocks\tblock_bytes\tspent\treceived\tclient\tprovider' ]
	[ "$(awk -F '\t' 'NF != 12' <<<"$output")" = "" ]
	last=$(tail -n 1 <<<"$output" | cut -f 7,9-)
	spent=$(jq -r .client_spent one/rec/meta.json)
	[ "$last" = "101"$'\t'"$spent"$'\t'"$spent"$'\tCompleted\tCompleted' ] || { echo "$last" && false; }
}

@test "any fault at any frame of three deals ends cleanly, and the deal completes after it" {
	for kind in unseal dry late; do
		deal_in "$kind" "$kind"
		run -0 --separate-stderr replay --expect-resume --inject all "$kind/rec"
		[ "$(grep -c DealStatusCompleted <<<"$output")" = "${#lines[@]}" ]
		for fault in drop dup flip cut delay swap; do
			[ "$(grep -c "rec: $fault@" <<<"$output")" -ge 16 ]
		done
		# each fault has left one of the known exit codes
		[ "$(grep -cE 'exit (0|5|6|7|8)[:,]' <<<"$output")" = "${#lines[@]}" ]
	done
}

@test "faults over the recordings of the original" {
	for name in paid single-block duplicate-blocks; do
		run -0 --separate-stderr replay --check --against --expect-resume --inject all "$VECTORS/$name"
		[ -z "$output" ]
	done
}

@test "one fault says what it did" {
	deal_in one intervals
	run -0 --separate-stderr replay --inject drop@0 one/rec
	[[ $output == "rec: drop@0: exit 0: DealStatusCompleted, "*" vouchers" ]]
	run -0 --separate-stderr replay --json --inject cut@3 one/rec
	[ "$(jq -c '[.fault, .hit, .exit, .end]' <<<"$output")" = '["cut@3",true,5,"DealStatusCompleted"]' ]
	run -0 --separate-stderr replay --inject drop@9999 one/rec
	[[ $output == "rec: drop@9999: not reached, exit 0: DealStatusCompleted, "* ]]
}

@test "of several failures after a fault the first one is said" {
	run -0 --separate-stderr replay --inject flip@0 "$VECTORS/paid"
	[[ $output == "paid: flip@0: exit 6, the proposal does not decode: "*": DealStatusCompleted, "* ]]
}

@test "the scratch store goes away, or is kept and named" {
	mkdir scratch
	export TMPDIR=$PWD/scratch
	run -0 --separate-stderr replay --check --against "$VECTORS/paid"
	[ -z "$(ls -A scratch)" ]
	run -0 --separate-stderr replay --check --keep --against --as client "$VECTORS/paid"
	[[ $stderr == "replay: kept in $PWD/scratch/replay-"* ]]
	run -0 --separate-stderr env RETRIEVAL_HOME="${stderr#*kept in }/client" deals list --json
	[ "$(jq -r .state <<<"$output")" = DealStatusCompleted ]
}

@test "a recording with a restart inside replays whole: one that the provider asked for, and one after a cut" {
	for name in asked cut provider; do
		cp -r "$BATS_TEST_DIRNAME/../data/recordings/restart-$name" .
		run -0 --separate-stderr replay --check "restart-$name"
		[ -z "$output" ]
		[ -z "$stderr" ]
		run -0 --separate-stderr inspect --verify "restart-$name"
	done
}

@test "a deal that was cut off and resumed is recorded in one folder, by each side, and replays whole" {
	setup_parties
	make_file content 5M
	pack -q content -o content.car
	provider offer -q set content.car --price 2afil --interval 1MiB --increase 1MiB >content.offer
	buy() {
		client retrieve -q --idle 2s --max-total 0.5fil -o copy.car "$@" content.offer
	}
	serve="RETRIEVAL_HOME=$PWD/provider serve -q --record $PWD/both"
	run -5 buy --record both --via "$serve | stdbuf -o0 head -c 3000000"
	run -0 buy --record both --via "$serve"
	run -0 --separate-stderr replay --check both
	[ -z "$output" ]
	run -0 buy --again --record asked --via "RETRIEVAL_HOME=$PWD/provider serve -q | want-restart 2"
	run -0 --separate-stderr replay --check asked
	[ -z "$output" ]
}
