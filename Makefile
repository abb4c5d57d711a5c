# retrieval - buy and sell content-addressed data.
#
#   make                 build everything into build/bin
#   make check           run every test, and count them
#   make check-PART      one part of it: unit, vectors (VECTORS=DIR), fuzz, layers, rules, man, bats, lint
#   make check-sanitize  the suite again, built with ASan and UBSan
#   make check-clang     build everything with clang and -Werror
#   make check-elsewhere build and test from read-only sources in a folder with spaces, with BUILD outside of them
#   make check-interop   deals with today's go-graphsync and go-data-transfer, and the original (ORIGINAL=DIR: a checkout; needs Go)
#   make check-lotus     our programs on a real Lotus node and its gateway (needs Go; the first build takes minutes)
#   make check-fresh     both lines of README on a new minimal Debian (SUITE=bookworm; needs root and the network)
#   make check-soak      a deal that is killed 200 times, 10,000 small deals, 1,000 lanes, and a crowd (SEED=N, OFFERS=N; see tests/soak)
#   make check-restores  either home put back to each earlier step of a deal, by hand and by retrieve (some pairs in check)
#   make check-faults    each system call and each allocation of each step fails or is the last one (some of them in check)
#   make check-adversary what each move of one who cheats brings, beside its bound (a part of check)
#   make fuzz            TARGET=NAME SECONDS=60: libFuzzer on one decoder (clang)
#   make bench           the speeds, each as a ratio to something run beside it
#   make install         DESTDIR, prefix and friends as in the GNU standards, unitdir for systemd; installcheck, uninstall
#   make format          clang-format over all sources
#   make clean           remove what was built
#
# CC, CFLAGS, CPPFLAGS, LDFLAGS are yours to set; WERROR=1 makes warnings errors; SANITIZE=1 builds with ASan and UBSan;
# V=1 shows the commands.

VERSION = 0.1.0

prefix      ?= /usr/local
exec_prefix ?= $(prefix)
bindir      ?= $(exec_prefix)/bin
libexecdir  ?= $(exec_prefix)/libexec
datarootdir ?= $(prefix)/share
mandir      ?= $(datarootdir)/man
unitdir     ?= $(prefix)/lib/systemd/system
sysusersdir ?= $(prefix)/lib/sysusers.d
INSTALL     ?= install

# All that a build writes is in there; each flavour of build has a folder of its own.
BUILD  ?= build
CC     ?= cc
CFLAGS ?= -O2 -g

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
           -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wno-missing-field-initializers
override CPPFLAGS += -Ilib -D_GNU_SOURCE -DVERSION='"$(VERSION)"' \
                     -DBINDIR='"$(bindir)"' -DLIBEXECDIR='"$(libexecdir)"' -DMANDIR='"$(mandir)"'
override CFLAGS   += -std=c11 $(WARNINGS) $(if $(WERROR),-Werror) -fno-common -ffunction-sections -fdata-sections -pthread
override LDFLAGS  += -Wl,--gc-sections -pthread

ifdef SANITIZE
override CFLAGS  += $(if $(filter fuzzer,$(SANITIZE)),-fsanitize=fuzzer-no-link) -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
override LDFLAGS += -fsanitize=address,undefined
endif

# The layers, lowest first.  Each is an archive; it may use only those before it (check-layers proves it).
LAYERS = base ipld unixfs wire deal proof kv store chain embedded rpc lotus node party record peer binding messages funds settle opening blocks buyer basket content seller check tool show kinds diff replay

# Libraries are linked statically where Debian ships an archive, so that a tool starts at once and carries only
# what it uses; with SANITIZE or DYNAMIC set all are linked as usual.
ARCHIVED = sodium secp256k1 lmdb jansson crypto gmp
SHARED   = cbor
ifneq ($(SANITIZE)$(DYNAMIC),)
LDLIBS = $(ARCHIVED:%=-l%) $(SHARED:%=-l%) -lm
else
LDLIBS = -Wl,-Bstatic $(ARCHIVED:%=-l%) -Wl,-Bdynamic -Wl,--as-needed $(SHARED:%=-l%) -lm
endif

TOOLS    := $(patsubst cmd/%.c,%,$(wildcard cmd/*.c))
STEPS    := $(filter-out retrieval,$(TOOLS))
PAGES    := $(wildcard man/man?/*.[1-9])
UNITS    := $(wildcard cmd/*/*.service.in cmd/*/*.socket.in cmd/*/*.timer.in)
ARCHIVES := $(LAYERS:%=$(BUILD)/lib/%.a)
SOURCES  := $(wildcard cmd/*.c cmd/*/*.c lib/*/*.c tests/unit/*/*.c tests/vectors/*.c tests/support/*.c tests/fuzz/*.c tests/bench/*.c tests/filters/*.c tests/shims/*.c tests/counters/*.c)
reverse   = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
LINKED   := $(strip $(call reverse,$(ARCHIVES)))

UNIT_TESTS   := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*/*.c))
VECTOR_TESTS := $(patsubst tests/vectors/%.c,$(BUILD)/tests/vectors/%,$(wildcard tests/vectors/*.c))
FUZZ_TESTS   := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(filter-out tests/fuzz/replay_main.c,$(wildcard tests/fuzz/*.c)))
FILTERS      := $(patsubst tests/filters/%.c,$(BUILD)/tests/filters/%,$(wildcard tests/filters/*.c))
SHIMS        := $(if $(SANITIZE),,$(patsubst tests/shims/%.c,$(BUILD)/tests/shims/%.so,$(wildcard tests/shims/*.c)))
COUNTED      := $(patsubst %,$(BUILD)/tests/counted/%,validate send-blocks receive-blocks retrieve serve)
BENCH_TOOLS  := $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(wildcard tests/bench/*.c))

# One short line per step; V=1 shows the commands.
say = $(if $(V),,@echo '  $(1) $@';)

.PHONY: all
all: $(TOOLS:%=$(BUILD)/bin/%)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

define layer
$(BUILD)/lib/$(1).a: $(patsubst lib/%.c,$(BUILD)/obj/lib/%.o,$(wildcard lib/$(1)/*.c))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(call say,AR) $$(AR) rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer,$(l))))

LINK = $(call say,LD) mkdir -p $(@D) && $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LINKED) $(LDLIBS)

# A tool is cmd/TOOL.c, with the files of the folder cmd/TOOL if there is one.
define tool
$(BUILD)/bin/$(1): $(patsubst %.c,$(BUILD)/obj/%.o,cmd/$(1).c $(wildcard cmd/$(1)/*.c)) $(ARCHIVES)
endef
$(foreach t,$(TOOLS),$(eval $(call tool,$(t))))
$(TOOLS:%=$(BUILD)/bin/%):
	$(LINK)

# A unit test of a layer links that layer and those below it, and nothing above; one of scenes, where both sides act,
# links all layers and the stage, which stands in tests/support.
upto = $(strip $(call reverse,$(wordlist 1,$(words $(shell echo $(LAYERS) | sed 's/\b$(1)\b.*/$(1)/')),$(LAYERS))))
define unit_test
$(BUILD)/tests/unit/$(1): $(BUILD)/obj/tests/unit/$(1).o $(patsubst %,$(BUILD)/lib/%.a,$(call upto,$(firstword $(subst /, ,$(1)))))
	@mkdir -p $$(@D)
	$$(call say,LD) $$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) $$(LDLIBS)
endef
STAGE = $(patsubst %,$(BUILD)/obj/tests/support/%.o,goods scene cheats trade)
$(filter $(BUILD)/tests/unit/scenes/%,$(UNIT_TESTS)): $(STAGE)
$(BUILD)/tests/unit/lotus/lotus: $(BUILD)/obj/tests/support/conversation.o
$(foreach t,$(UNIT_TESTS:$(BUILD)/tests/unit/%=%),$(eval $(call unit_test,$(t))))

$(VECTOR_TESTS): $(BUILD)/tests/vectors/%: $(BUILD)/obj/tests/vectors/%.o $(BUILD)/obj/tests/support/vectors.o $(ARCHIVES)
	$(LINK)

$(BENCH_TOOLS) $(FILTERS): $(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(ARCHIVES)
	$(LINK)

# A shim is preloaded by a test; it has no part of the project in it.
$(SHIMS): $(BUILD)/tests/shims/%.so: tests/shims/%.c
	@mkdir -p $(@D)
	$(call say,LD) $(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -shared -o $@ $<

# The tools that read frames, again, with a counter between frame_decode() and its callers.
define counted
$(BUILD)/tests/counted/$(1): $(patsubst %.c,$(BUILD)/obj/%.o,cmd/$(1).c $(wildcard cmd/$(1)/*.c)) $(BUILD)/obj/tests/counters/decodes.o $(ARCHIVES)
endef
$(foreach t,$(COUNTED:$(BUILD)/tests/counted/%=%),$(eval $(call counted,$(t))))
$(COUNTED): override LDFLAGS += -Wl,--wrap=frame_decode
$(COUNTED):
	$(LINK)

# A fuzz target runs under libFuzzer (make fuzz), or over its seeds only.
FUZZ_MAIN = $(if $(filter fuzzer,$(SANITIZE)),,$(BUILD)/obj/tests/fuzz/replay_main.o)
$(FUZZ_TESTS): override LDFLAGS += $(if $(filter fuzzer,$(SANITIZE)),-fsanitize=fuzzer)
$(FUZZ_TESTS): $(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(FUZZ_MAIN) $(ARCHIVES)
	$(LINK)

# Tests.  tests/run runs the parts, counts, and ends with one line "N passed, M failed".
PARTS   ?= unit vectors fuzz layers rules man bats lint
VECTORS ?= tests/data/vectors
RUN      = @BUILD='$(BUILD)' VECTORS='$(VECTORS)' tests/run

.PHONY: tests check check-unit check-vectors check-fuzz check-layers check-rules check-man check-bats check-lint
tests: all $(UNIT_TESTS) $(VECTOR_TESTS) $(FUZZ_TESTS) $(FILTERS) $(SHIMS) $(COUNTED) $(BENCH_TOOLS)
check: tests $(BUILD)/compile_commands.json
	$(RUN) $(PARTS)
check-unit: $(UNIT_TESTS)
check-vectors: $(VECTOR_TESTS)
check-fuzz: $(FUZZ_TESTS)
check-man: all
check-bats: all $(FILTERS) $(SHIMS) $(COUNTED)
check-lint: $(BUILD)/compile_commands.json
check-unit check-vectors check-fuzz check-layers check-rules check-man check-bats check-lint: check-%:
	$(RUN) $*

.PHONY: check-sanitize check-clang check-elsewhere check-interop check-lotus check-fresh check-soak check-restores check-faults check-adversary fuzz bench format
check-sanitize:
	@$(MAKE) --no-print-directory BUILD='$(BUILD)/asan' SANITIZE=1 WERROR=1 PARTS='unit vectors fuzz bats' check
check-clang:
	@$(MAKE) --no-print-directory BUILD='$(BUILD)/clang' CC=clang WERROR=1 tests

check-elsewhere:
	@tests/check-elsewhere

check-lotus: all
	@BUILD='$(BUILD)' tests/lotus/run

check-interop: all
	@BUILD='$(BUILD)' tests/interop/run

check-fresh:
	@BUILD='$(BUILD)' SUITE='$(or $(SUITE),bookworm)' tests/check-fresh

check-soak: all
	@BUILD='$(BUILD)' tests/soak

check-restores: all
	@BUILD='$(BUILD)' tests/restores --all

SCENES = adversary lies meddling
check-adversary: $(SCENES:%=$(BUILD)/tests/unit/scenes/%)
	@for scene in $^; do "$$scene" || exit 1; done

check-faults: all $(SHIMS)
	@BUILD='$(BUILD)' tests/faults --all

SECONDS ?= 60
fuzz: $(BUILD)/tests/fuzz/$(TARGET)
	@$(MAKE) --no-print-directory BUILD='$(BUILD)/fuzz' CC=clang SANITIZE=fuzzer $(BUILD)/fuzz/tests/fuzz/$(TARGET)
	@mkdir -p $(BUILD)/fuzz/corpus/$(TARGET)
	$(BUILD)/tests/fuzz/$(TARGET) -o $(BUILD)/fuzz/corpus/$(TARGET) tests/fuzz/corpus/$(TARGET).hex
	$(BUILD)/fuzz/tests/fuzz/$(TARGET) -max_total_time=$(SECONDS) -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/corpus/$(TARGET)

bench: all $(BENCH_TOOLS)
	@BUILD='$(BUILD)' tests/bench/run

format:
	clang-format -i $(wildcard cmd/*.c cmd/*/*.[ch] lib/*/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch])

# Below BUILD too: clangd looks there.
$(BUILD)/compile_commands.json: Makefile $(SOURCES)
	@mkdir -p $(@D)
	@flags=$$(printf '"%s",' $(CC) $(CPPFLAGS) $(CFLAGS) | sed 's/="\([^"]*\)"/=\\"\1\\"/g'); separator='['; \
	for f in $(SOURCES); do \
		printf '%s\n{"directory": "%s", "file": "%s", "arguments": [%s"-c", "%s"]}' "$$separator" "$(CURDIR)" $$f "$$flags" $$f; \
		separator=,; \
	done >$@; printf '\n]\n' >>$@

# Installing: the tools behind the front end, as git has it.
INSTALL_PROGRAM ?= $(INSTALL)
INSTALL_DATA    ?= $(INSTALL) -m 644

.PHONY: install installcheck uninstall clean help
install: all
	$(INSTALL) -d '$(DESTDIR)$(bindir)' '$(DESTDIR)$(libexecdir)/retrieval'
	$(INSTALL_PROGRAM) $(BUILD)/bin/retrieval '$(DESTDIR)$(bindir)'
	$(INSTALL_PROGRAM) $(STEPS:%=$(BUILD)/bin/%) '$(DESTDIR)$(libexecdir)/retrieval'
	@for page in $(PAGES:man/%=%); do \
		$(INSTALL) -d "$(DESTDIR)$(mandir)/$${page%/*}" && $(INSTALL_DATA) man/$$page "$(DESTDIR)$(mandir)/$$page" || exit 1; done
	$(INSTALL) -d '$(DESTDIR)$(unitdir)' '$(DESTDIR)$(sysusersdir)'
	@for unit in $(UNITS); do name=$${unit##*/}; to="$(DESTDIR)$(unitdir)/$${name%.in}"; \
		sed 's|@libexecdir@|$(libexecdir)|g' "$$unit" >"$$to" && chmod 644 "$$to" || exit 1; done
	$(INSTALL_DATA) cmd/serve/retrieval.sysusers '$(DESTDIR)$(sysusersdir)/retrieval.conf'

installcheck:
	@set -e; cd /; front='$(DESTDIR)$(bindir)/retrieval'; \
	"$$front" --version; \
	for tool in $(STEPS); do \
		"$$front" $$tool --version >/dev/null; test -f "$(DESTDIR)$(mandir)/man1/$$tool.1"; done; \
	for unit in $(notdir $(UNITS:.in=)); do test -f "$(DESTDIR)$(unitdir)/$$unit"; done; \
	eval "$$("$$front" path)"; test "$$(command -v keygen)" = "$(DESTDIR)$(libexecdir)/retrieval/keygen"; \
	echo 'installed: $(words $(STEPS)) tools, each with its page'

uninstall:
	rm -f '$(DESTDIR)$(bindir)/retrieval'
	@for tool in $(STEPS); do rm -f "$(DESTDIR)$(libexecdir)/retrieval/$$tool"; done
	@for page in $(PAGES:man/%=%); do rm -f "$(DESTDIR)$(mandir)/$$page"; done
	@for unit in $(notdir $(UNITS:.in=)); do rm -f "$(DESTDIR)$(unitdir)/$$unit"; done
	rm -f '$(DESTDIR)$(sysusersdir)/retrieval.conf'
	-rmdir '$(DESTDIR)$(libexecdir)/retrieval'

clean:
	rm -rf $(addprefix $(BUILD)/,bin lib obj tests log asan clang fuzz fresh compile_commands.json)
	-rmdir $(BUILD)

help:
	@sed -n 's/^#   make/  make/p' Makefile

-include $(SOURCES:%.c=$(BUILD)/obj/%.d)
