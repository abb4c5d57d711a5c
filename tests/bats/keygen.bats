#!/usr/bin/env bats

load common

setup() {
	common_setup
}

A=f1atfzrj3jyysru33nz3yvfnxozcuiys36s2pyfry

@test "a new key's address goes to stderr, its file is for its owner only" {
	run --separate-stderr keygen -o key
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[[ $stderr =~ ^keygen:\ f1[a-z2-7]{39}$ ]]
	[ "$(stat -c %a key)" = 600 ]
}

@test "two keys differ" {
	keygen -q -o one
	keygen -q -o two
	run cmp -s one two
	[ "$status" -eq 1 ]
}

@test "a seed makes the same key each time" {
	run --separate-stderr keygen --seed 1 -o one
	[ "$stderr" = "keygen: $A" ]
	RETRIEVAL_SEED=1 keygen -q -o two 2>/dev/null
	cmp one two
}

@test "a seed from the environment or the configuration makes no key without a warning, also when quiet" {
	RETRIEVAL_SEED=1 run --separate-stderr keygen -q -o one
	[ "$status" -eq 0 ]
	[ "$stderr" = "keygen: warning: this key is drawn from a seed (RETRIEVAL_SEED, or seed in the configuration): anybody who guesses the seed has the key" ]
	RETRIEVAL_SEED=1 run --separate-stderr keygen --json -o two
	[[ ${stderr_lines[0]} == '{"tool":"keygen","warning":"this key is drawn from a seed '* ]]
	mkdir -p .config/retrieval
	echo 'seed = 1' >.config/retrieval/config
	run --separate-stderr keygen -o three
	[[ ${stderr_lines[0]} == "keygen: warning: "* ]]
	[ "${stderr_lines[1]}" = "keygen: $A" ]
}

@test "a key is never overwritten" {
	keygen -q --seed 1 -o key
	run --separate-stderr keygen --seed 2 -o key
	[ "$status" -eq 1 ]
	[ "$stderr" = "keygen: 'key' exists already: a key is never overwritten" ]
	[ "$(address_of key)" = "$A" ]
}

@test "without -o the key goes where RETRIEVAL_KEY says, else into the home" {
	RETRIEVAL_KEY=$PWD/here keygen -q --seed 1
	[ "$(address_of here)" = "$A" ]
	RETRIEVAL_HOME=$PWD/home keygen -q --seed 1
	[ "$(address_of home/key)" = "$A" ]
	[ "$(stat -c %a home)" = 700 ]
}

@test "quiet says nothing, JSON says it on stdout" {
	run --separate-stderr keygen -q -o one
	[ -z "$output$stderr" ]
	run --separate-stderr keygen --json --seed 1 -o two
	[ "$output" = "{\"address\":\"$A\",\"key\":\"two\"}" ]
	[ -z "$stderr" ]
}

@test "a dry run writes nothing" {
	run --separate-stderr keygen -n --seed 1 -o key
	[ "$status" -eq 0 ]
	[ "$stderr" = "keygen: $A" ]
	[ ! -e key ]
}

@test "show says the address of the key that is there" {
	keygen -q --seed 1 -o key
	run --separate-stderr keygen --show --key key
	[ "$status" -eq 0 ]
	[ "$stderr" = "keygen: $A" ]
	run --separate-stderr keygen --show --key nowhere
	[ "$status" -eq 2 ]
	[ "${stderr_lines[1]}" = "keygen: hint: keygen -o nowhere" ]
}

@test "import takes 64 hex digits, a key of ours, and standard input" {
	printf '%064d' 1 >hex
	run --separate-stderr keygen --import hex -o one
	[ "$status" -eq 0 ]
	[[ $stderr == "keygen: f1"* ]]
	address=$stderr
	run --separate-stderr keygen --import one -o two
	[ "$stderr" = "$address" ]
	run --separate-stderr keygen --import - -o three <hex
	[ "$stderr" = "$address" ]
	cmp one three
}

@test "import refuses what is no key, and zero, and makes nothing" {
	echo rubbish >bad
	run --separate-stderr keygen --import bad -o key
	[ "$status" -eq 7 ]
	[[ $stderr == "keygen: cannot make a key from 'bad': "* ]]
	printf '%064d' 0 >zero
	run --separate-stderr keygen --import zero -o key
	[ "$status" -eq 7 ]
	printf 'f%.0s' {1..64} >order
	run --separate-stderr keygen --import order -o key
	[ "$status" -eq 7 ]
	run --separate-stderr keygen --import nowhere -o key
	[ "$status" -eq 10 ]
	[ ! -e key ]
}

@test "a key that others can read is refused" {
	keygen -q -o key
	chmod 644 key
	run --separate-stderr keygen --show --key key
	[ "$status" -eq 2 ]
	[ "$stderr" = "keygen: key 'key' must be a file of yours that others can't read (chmod 600)" ]
}

@test "a key whose writing fails leaves no file" {
	run bash -c 'trap "" XFSZ; ulimit -f 0; mkdir folder && cd folder && exec keygen -o key'
	[ "$status" -eq 10 ]
	[ "$output" = "keygen: cannot write 'key': File too large" ]
	[ -z "$(ls -A folder)" ]
}

@test "a key goes to standard output if it is not a terminal" {
	run --separate-stderr keygen --seed 1 -o -
	[ "$status" -eq 0 ]
	[[ $output =~ ^secp256k1\ [0-9a-f]{64}$ ]]
	[ "$stderr" = "keygen: $A" ]
	[ ! -e - ]
}

@test "no core file is made of a tool that holds a key" {
	mkfifo key
	ulimit -c unlimited || skip "core files are not allowed"
	run bash -c 'sleep 60 & kill -XCPU $!; wait $!' # sleep: a process to be killed
	[[ $output == *"core dumped"* ]] || skip "no core files here"
	run bash -c 'keygen -i key -o copy & exec 5>key; kill -XCPU $!; wait $!'
	[ "$status" -eq 152 ]
	[[ $output != *"core dumped"* ]]
}

# protected NAME PASSPHRASE SEED - a key that is protected.
protected() {
	keygen -q --protect --passphrase-fd 3 --seed "$3" -o "$1" 3<<<"$2"
}

@test "a protected key is opened by its passphrase, from a descriptor or a file" {
	protected key "correct horse" 1
	[ "$(stat -c %a key)" = 600 ]
	run grep -cE '^secp256k1-argon2id 3 65536 [0-9a-f]{32} [0-9a-f]{48} [0-9a-f]{96} [0-9a-f]{8}$' key
	[ "$output" = 1 ]
	run --separate-stderr keygen --show --key key --passphrase-fd 4 4<<<"correct horse"
	[ "$status" -eq 0 ]
	[ "$stderr" = "keygen: $A" ]
	RETRIEVAL_PASSPHRASE_FD=0 run --separate-stderr keygen --show --key key <<<"correct horse"
	[ "$stderr" = "keygen: $A" ]
	(umask 077 && printf 'correct horse' >words)
	RETRIEVAL_PASSPHRASE_FILE=words run --separate-stderr keygen --show --key key
	[ "$stderr" = "keygen: $A" ]
	mkdir -p .config/retrieval
	echo 'passphrase-file = words' >.config/retrieval/config
	run --separate-stderr keygen --show --json --key key
	[ "$output" = "{\"address\":\"$A\",\"key\":\"key\"}" ]
}

@test "a wrong passphrase opens nothing and is a mistake of the call, a damaged key is not" {
	protected key right 1
	run --separate-stderr keygen --show --key key --passphrase-fd 3 3<<<wrong
	[ "$status" -eq 2 ]
	[ "$stderr" = "keygen: cannot use key 'key': wrong passphrase" ]
	[ -z "$output" ]
	tr 0-9 1-90 <key >damaged
	chmod 600 damaged
	run --separate-stderr keygen --show --key damaged --passphrase-fd 3 3<<<right
	[ "$status" -eq 7 ]
}

@test "a protected key without a terminal and without a passphrase is refused with a hint" {
	protected key right 1
	run --separate-stderr setsid -w keygen --show --key key
	[ "$status" -eq 2 ]
	[ "${stderr_lines[0]}" = "keygen: key 'key' needs a passphrase, and there is no terminal to ask for one" ]
	[ "${stderr_lines[1]}" = "keygen: hint: keygen --passphrase-file FILE" ]
	run --separate-stderr setsid -w keygen --protect -o new
	[ "$status" -eq 2 ]
	[ ! -e new ]
}

@test "the passphrase of an imported key is kept, changed with --protect, dropped with --unprotect only" {
	protected key old 1
	run --separate-stderr keygen --import key -o kept --passphrase-fd 3 3<<<old
	[ "$status" -eq 0 ]
	run --separate-stderr keygen --import key --protect -o changed --passphrase-fd 3 3<<<$'old\nnew'
	[ "$status" -eq 0 ]
	run --separate-stderr keygen --import key --unprotect -o plain --passphrase-fd 3 3<<<old
	[ "$status" -eq 0 ]
	run --separate-stderr keygen --show --key kept --passphrase-fd 3 3<<<old
	[ "$stderr" = "keygen: $A" ]
	run --separate-stderr keygen --show --key changed --passphrase-fd 3 3<<<new
	[ "$stderr" = "keygen: $A" ]
	run --separate-stderr keygen --show --key plain
	[ "$stderr" = "keygen: $A" ]
	run --separate-stderr keygen --import key --protect --unprotect -o none
	[ "$status" -eq 2 ]
}

@test "a terminal is asked twice for a new passphrase, once for a known one, and shows neither" {
	run --separate-stderr terminal secret secret -- keygen --protect --seed 1 -o key
	[ "$status" -eq 0 ]
	[[ $stderr == "New passphrase for 'key': "*"New passphrase again for 'key': "*"echo on" ]]
	[[ $stderr != *secret* ]]
	run --separate-stderr terminal secret -- keygen --show --key key
	[ "$status" -eq 0 ]
	[[ $stderr == "Passphrase for 'key': "*"keygen: $A"*"echo on" ]]
	[[ $stderr != *secret* ]]
	run --separate-stderr terminal secret secrets -- keygen --protect -o other
	[ "$status" -eq 2 ]
	[[ $stderr == *"keygen: the two passphrases differ: nothing was written"* ]]
	[ ! -e other ]
}

@test "an interrupt at the question ends the tool and leaves the terminal as it was" {
	protected key right 1
	run --separate-stderr terminal ^C -- keygen --show --key key
	[ "$status" -eq 130 ]
	[[ $stderr == *"echo on" ]]
}

@test "every tool that needs the key opens a protected one" {
	ledger -q init --manual
	protected client.key words 1
	ledger -q fund "$A" 1fil
	keygen -q --seed 2 -o provider.key
	head -c 1000 /dev/zero >file
	pack -q file -o file.car
	provider offer -q set file.car --price 2afil >file.offer
	(umask 077 && echo words >words)
	export RETRIEVAL_PASSPHRASE_FILE=words
	client propose -q --max-total 1fil file.offer -o 1.frames
	provider validate -q 1.frames -o 2.frames
	client validate -q 2.frames
	client channel -q open --deal @
	provider send-blocks -q --deal @ -o 3.frames || [ $? = 3 ]
	client receive-blocks -q 3.frames -o copy.car || [ $? = 3 ]
	client make-voucher -q --deal @ -o 4.frames
	provider validate -q 4.frames -o 5.frames
	unset RETRIEVAL_PASSPHRASE_FILE
	RETRIEVAL_HOME=client RETRIEVAL_KEY=client.key run --separate-stderr setsid -w make-voucher --deal @ -o 6.frames
	[ "$status" -eq 2 ]
	[ ! -e 6.frames ]
}

@test "inspect tells a protected key without its passphrase" {
	protected key words 1
	run --separate-stderr inspect --json key
	[ "$status" -eq 0 ]
	[ "$output" = '{"thing":"key","kind":"key","type":"secp256k1","protected":true}' ]
}
