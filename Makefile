# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything that is made lies in .venv and .build. Python 3.11 or newer with pip is all that is needed.

PYTHON ?= python3
# A step of `make test` that has nothing to run on has failed; REQUIRE_ALL= lets it pass.
REQUIRE_ALL ?= 1

# An environment knows the folder it was made in, so a moved checkout makes its own.
PLACE := $(shell pwd | cksum | cut -d ' ' -f 1)
MADE = .venv/$(1)/.made-$(PLACE)
MAIN := $(call MADE,main)
CORES := $(MAIN) $(call MADE,oldest) $(call MADE,newest)
SHARED := requirements.txt $(wildcard requirements-simulator.txt) tests/tools/make_venv.py

RUN := env PATH="$(CURDIR)/.venv/main/bin:$$PATH" ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/.build" ANSIBLE_CONFIG="$(CURDIR)/ansible.cfg"
CHECK := .venv/main/bin/python tests/tools/check.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-all faults fuzz lint docs simulator readings bench build format action-groups argument-specs stage venv clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-15s %s\n' "$$name" "$$what"; done

demo: $(MAIN) stage ## onboard two tenants on simulated servers, with real playbooks
	@$(RUN) .venv/main/bin/python tests/demo/run.py

test: $(CORES) ## run all tests; ONLY=unit selects steps, ARGS='-k wire' is passed to pytest
	@$(CHECK) $(if $(ONLY),--only '$(ONLY)') $(if $(REQUIRE_ALL),--require-all) $(ARGS)

test-all: export EVERYTHING = 1
test-all: test ## every test on every ansible-core, which takes longer

faults: $(MAIN) stage ## one fault at every request of every procedure: how many cells converge, and which do not
	@$(RUN) KSV_STAGED=1 no_proxy=127.0.0.1 NO_PROXY=127.0.0.1 .venv/main/bin/python -m pytest -q -p no:cacheprovider -n auto --tb=short \
		tests/matrix/test_faults.py $(ARGS)

fuzz: $(MAIN) stage ## secrets, sessions and hostile data at every request of every module: minutes; the rest of these tests is in make test
	@$(RUN) KSV_STAGED=1 no_proxy=127.0.0.1 NO_PROXY=127.0.0.1 .venv/main/bin/python -m pytest -q -p no:cacheprovider -n auto --tb=short \
		-m thorough tests $(ARGS)

lint: $(MAIN) ## the checks that take seconds: style, types, documentation, rules
	@$(CHECK) --only lint

docs: $(MAIN) stage ## the documentation as web pages, in .build/docs
	@$(RUN) .venv/main/bin/python tests/tools/build_docs.py

simulator: $(MAIN) stage ## both servers, simulated; WORLD=file.yml SPEED=60 KSC_PORT=13299 ARGS=--help
	@PYTHONPATH=tests exec .venv/main/bin/python -m simulator $(if $(WORLD),--world '$(WORLD)') $(if $(SPEED),--speed '$(SPEED)') \
		$(if $(KSC_PORT),--ksc-port '$(KSC_PORT)') --state-dir "$(CURDIR)/.build/simulator" $(ARGS)

readings: $(MAIN) stage ## the lives of tenants, SVMs and clusters under each value of each setting of the simulator
	@EVERY_READING=1 $(RUN) .venv/main/bin/python -m pytest -p no:cacheprovider tests/modules/ksc/test_readings.py tests/modules/viis/test_readings.py $(ARGS)

bench: $(MAIN) stage ## how long the modules take
	@$(RUN) .venv/main/bin/python tests/bench/run.py $(ARGS)

build: $(MAIN) ## the archive for ansible-galaxy, in .build/dist
	@$(CHECK) --only build

format: $(MAIN) ## lay Python out, and mend what can be mended
	@.venv/main/bin/ruff check --quiet --fix-only .
	@.venv/main/bin/ruff format .

argument-specs: $(MAIN) ## write the argument specs of the roles from tests/tools/role_variables.yml
	@.venv/main/bin/python tests/tools/update_argument_specs.py

action-groups: ## write meta/runtime.yml from the names of the modules
	@$(PYTHON) tests/tools/update_action_groups.py

stage: ## copy the collection to .build, where Ansible finds it
	@$(PYTHON) tests/tools/stage.py

venv: $(CORES) ## the virtual environments, one per ansible-core

clean: ## remove what was made
	rm -rf .build .venv

$(MAIN): requirements-dev.txt $(SHARED)
	@$(PYTHON) tests/tools/make_venv.py main && touch $@

$(call MADE,oldest): tests/tools/requirements-oldest.txt $(SHARED)
	@$(PYTHON) tests/tools/make_venv.py oldest && touch $@

$(call MADE,newest): tests/tools/requirements-newest.txt $(SHARED)
	@$(PYTHON) tests/tools/make_venv.py newest && if [ ! -e .venv/newest/absent ]; then touch $@; fi
