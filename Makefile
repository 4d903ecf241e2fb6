# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Build output goes to .venv and .build. Python 3.11 or newer with pip is the only requirement.

PYTHON ?= python3
CORE ?= main
# An environment knows the folder it was made in, so a moved checkout makes its own.
PLACE := $(shell pwd | cksum | cut -d ' ' -f 1)
MADE = .venv/$(1)/.made-$(PLACE)
MAIN := $(call MADE,main)
CORES := $(MAIN) $(call MADE,oldest) $(call MADE,newest)
SHARED := requirements.txt $(wildcard requirements-simulator.txt) tests/tools/make_venv.py

RUN := env PATH="$(CURDIR)/.venv/main/bin:$$PATH" ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/.build" ANSIBLE_CONFIG="$(CURDIR)/ansible.cfg"

# Tests set up their environment themselves (tests/conftest.py), so plain pytest of an environment works, too. nox is not used: it runs
# one session after another and has no workers.
TESTS = .venv/main/bin/python tests/tools/run_tests.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-all faults fuzz lint docs simulator readings bench build format action-groups argument-specs stage venv clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-15s %s\n' "$$name" "$$what"; done

demo: $(MAIN) stage ## onboard and protect the machines of tenants, against simulated servers
	@$(RUN) .venv/main/bin/python tests/demo/run.py

test: $(CORES) ## run the tests, in about 8 minutes; ARGS='tests/unit -k wire' is passed to pytest, CORE=oldest selects its ansible-core
	@$(TESTS) $(if $(ARGS),$(CORE) $(ARGS),test)

test-all: $(CORES) ## run all tests, on every ansible-core: hours
	@$(TESTS) test-all

faults: $(MAIN) ## one fault at every request of every procedure: how many cells converge, and which do not
	@$(TESTS) main -m '' tests/matrix/test_faults.py $(ARGS)

fuzz: $(MAIN) ## secrets, sessions and hostile data at every request of every module: minutes; a sample is in make test
	@$(TESTS) main -m thorough tests $(ARGS)

readings: $(MAIN) ## the lives of tenants, SVMs and clusters under each value of each setting of the simulator
	@$(TESTS) main -m '' tests/modules/ksc/test_readings.py tests/modules/viis/test_readings.py $(ARGS)

lint: $(MAIN) ## the checks of the whole collection: style, types, documentation, generated files; a minute
	@$(TESTS) main -m lint tests/checks

docs: $(MAIN) stage ## the documentation as web pages, in .build/docs
	@$(RUN) .venv/main/bin/python tests/tools/build_docs.py

simulator: $(MAIN) stage ## both servers, simulated; WORLD=file.yml SPEED=60 KSC_PORT=13299 ARGS=--help
	@PYTHONPATH=tests exec .venv/main/bin/python -m simulator $(if $(WORLD),--world '$(WORLD)') $(if $(SPEED),--speed '$(SPEED)') \
		$(if $(KSC_PORT),--ksc-port '$(KSC_PORT)') --state-dir "$(CURDIR)/.build/simulator" $(ARGS)

bench: $(MAIN) stage ## how long the modules take
	@$(RUN) .venv/main/bin/python tests/bench/run.py $(ARGS)

build: $(MAIN) stage ## the archive for ansible-galaxy, in .build/dist
	@cd .build/ansible_collections/ksv/light_agent && $(RUN) ansible-galaxy collection build --force --output-path $(CURDIR)/.build/dist

format: $(MAIN) ## format Python code, and fix what can be fixed
	@.venv/main/bin/ruff check --quiet --fix-only .
	@.venv/main/bin/ruff format .

argument-specs: $(MAIN) ## write the argument specs of the roles from tests/tools/role_variables.yml
	@.venv/main/bin/python tests/tools/update_argument_specs.py

action-groups: ## write meta/runtime.yml from the names of the modules
	@$(PYTHON) tests/tools/update_action_groups.py

stage: ## copy the collection to .build, where Ansible finds it
	@$(PYTHON) tests/tools/stage.py

venv: $(CORES) ## the virtual environments, one per ansible-core

clean: ## remove the build output
	rm -rf .build .venv

$(MAIN): requirements-dev.txt $(SHARED)
	@$(PYTHON) tests/tools/make_venv.py main && touch $@

$(call MADE,oldest): tests/tools/requirements-oldest.txt $(SHARED)
	@$(PYTHON) tests/tools/make_venv.py oldest && touch $@

$(call MADE,newest): tests/tools/requirements-newest.txt $(SHARED)
	@$(PYTHON) tests/tools/make_venv.py newest && if [ ! -e .venv/newest/absent ]; then touch $@; fi
