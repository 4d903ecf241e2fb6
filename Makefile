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

# Tests set their environment up themselves (tests/conftest.py), so plain pytest of an environment does, too. nox is not used: it runs
# one session after another, and the tests of three cores and of the tools take half as long side by side.
PYTEST = .venv/$(1)/bin/python -m pytest -q -p no:cacheprovider -n 2 --dist worksteal
# The tests that another core than the main one runs.
OTHER_CORE = tests/unit/plugins tests/modules tests/playbooks -m
SAMPLE = '(every_core or other_cores) and not (long or exhaustive or thorough)'
ALL = 'not (exhaustive or thorough)'

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-all faults fuzz lint docs simulator readings bench build format action-groups argument-specs stage venv clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-15s %s\n' "$$name" "$$what"; done

demo: $(MAIN) stage ## onboard and protect the machines of tenants, against simulated servers
	@$(RUN) .venv/main/bin/python tests/demo/run.py

test: $(CORES) ## run all tests; ARGS='tests/unit -k wire' is passed to pytest, CORE=oldest selects its ansible-core
ifdef ARGS
	@$(call PYTEST,$(CORE)) $(ARGS)
else
	@failed=0; \
	$(call PYTEST,main) tests || failed=1; \
	$(call PYTEST,oldest) $(OTHER_CORE) $(SAMPLE) || failed=1; \
	test -e .venv/newest/absent || \
	$(call PYTEST,newest) $(OTHER_CORE) $(SAMPLE) || failed=1; \
	exit $$failed
endif

test-all: $(CORES) ## the long tests, too, and all tests on every ansible-core: an hour
	@failed=0; \
	$(call PYTEST,main) tests -m $(ALL) || failed=1; \
	$(call PYTEST,oldest) $(OTHER_CORE) $(ALL) || failed=1; \
	test -e .venv/newest/absent || $(call PYTEST,newest) $(OTHER_CORE) $(ALL) || failed=1; \
	exit $$failed

faults: $(MAIN) ## one fault at every request of every procedure: how many cells converge, and which do not
	@$(call PYTEST,main) -m '' tests/matrix/test_faults.py $(ARGS)

fuzz: $(MAIN) ## secrets, sessions and hostile data at every request of every module: minutes; the rest of these tests is in make test
	@$(call PYTEST,main) -m thorough tests $(ARGS)

readings: $(MAIN) ## the lives of tenants, SVMs and clusters under each value of each setting of the simulator
	@$(call PYTEST,main) -m '' tests/modules/ksc/test_readings.py tests/modules/viis/test_readings.py $(ARGS)

lint: $(MAIN) ## the checks that take seconds: style, types, documentation, generated files
	@$(call PYTEST,main) -m lint tests/checks

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
