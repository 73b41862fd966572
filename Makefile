# SPDX-License-Identifier: GPL-2.0-or-later
# Thin targets over Meson; `make help` lists them. Each installs the Debian packages that it needs.

BUILD ?= build
DESTDIR ?=
SEEDS ?= 1..1000
SECONDS_EACH ?= 60

.PHONY: help build demo demo-ring test bench sim differ fuzz mutants install format pages clean

help:
	@echo 'make build     all programs, in $(BUILD)/bin/'
	@echo 'make demo      a first cluster: two hosts, a web page, one host dies, the page answers again (KEEP=1: it stays)'
	@echo 'make demo-ring a ring of three hosts on this machine: messages, a kill, the new membership, the return'
	@echo 'make test      everything that can be checked here; ends with "N passed, N failed"'
	@echo 'make sim       the simulator over many lives of clusters (SEEDS=1..1000)'
	@echo 'make sim-manager  the same for clusters of managers, with resources and fencing (SEEDS=1..1000)'
	@echo 'make differ    the scheduler beside Debian'"'"'s over random clusters (SEEDS=1..1000)'
	@echo 'make mutants   broken copies of the cores, which the simulator must catch'
	@echo 'make fuzz      every decoder and parser under libFuzzer (SECONDS_EACH=60)'
	@echo 'make bench     the same loads on Corosync and on Hale, side by side'
	@echo 'make install   into DESTDIR, as packages do'
	@echo 'make format    clang-format over all sources;  make pages: docs that are generated'
	@echo 'make clean     remove $(BUILD)/'

build:
	@tools/setup build
	@tools/build-programs $(BUILD)

demo:
	@tools/setup demo
	@$(MAKE) --no-print-directory build
	@tools/demo $(BUILD)

demo-ring:
	@tools/setup demo
	@$(MAKE) --no-print-directory build
	@tools/demo-ring $(BUILD)

test:
	@tools/setup test
	@tools/run-tests $(BUILD)

bench:
	@tools/setup bench
	@$(MAKE) --no-print-directory build
	@bench/bench.py short --programs $(BUILD)/bin

sim: build
	@$(BUILD)/sim/sim swarm --seeds $(SEEDS)

sim-manager: build
	@$(BUILD)/sim/sim-manager swarm --seeds $(SEEDS)

differ:
	@tools/setup test
	@$(MAKE) --no-print-directory build
	@tests/differential/differ.py --old --ours $(BUILD)/bin/crm_simulate --seeds $(SEEDS)

mutants:
	@tools/setup build
	@tools/mutants --seeds $(SEEDS)

fuzz:
	@tools/setup test
	@tools/fuzz all $(BUILD)/clang $(SECONDS_EACH)

install: build
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild

format:
	@tools/setup test
	@tools/list-sources | xargs clang-format-14 -i

# The pages that are written by a program, from what the programs themselves work by.
pages: build
	@ninja -C $(BUILD) --quiet tools/print-options
	@tools/messages > docs/messages.md
	@$(BUILD)/tools/print-options > docs/options.md

clean:
	@rm -rf $(BUILD)
