# Rise. `make` prints what there is; every target sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin
PROGRAMS := crds http registry migrations operator backend cli local
LOCAL := $(BIN)/python -m rise_local
PYTEST := $(BIN)/python -m pytest
# Some images ask Python to write no bytecode: each start would compile all it imports, twice as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help up down status start stop logs reset check fmt test coverage test-unit test-integration test-security test-registry test-e2e mutate-policies fuzz fuzz-rest generate bench bench-gateway bench-authz bench-registry build build-clients lock

help: ## Print this help
	@awk -F ':.*## ' '/^# ---- /{sub(/^# ---- /, ""); sub(/ -+$$/, ""); print "\n" $$0} \
	  /^[a-z0-9-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- the platform on this machine ----------------------------------------------------------------

up: .venv/ready ## Start the whole platform, sign alice in, create a team and a project
	@$(LOCAL) up

down: .venv/ready ## Stop the platform; everything is kept
	@$(LOCAL) down

status: .venv/ready ## Show the platform's processes
	@$(LOCAL) status

start: .venv/ready ## Start one process: make start NAME=operator
	@$(LOCAL) start $(NAME)

stop: .venv/ready ## Stop one process: make stop NAME=operator
	@$(LOCAL) stop $(NAME)

logs: .venv/ready ## Print the log of one process: make logs NAME=operator
	@$(LOCAL) logs $(NAME)

reset: .venv/ready ## Stop the platform and delete everything it keeps
	@$(LOCAL) reset

build: .venv/ready ## Build the servers once into the user's cache
	@$(BIN)/python -m rise_local.build

build-clients: .venv/ready ## Build crane, oras and skopeo, clients of registries
	@$(BIN)/python -m rise_local.build crane oras skopeo

# ---- the code ------------------------------------------------------------------------------------

check: .venv/ready ## Check style, types, imports, generated files, dead code and links
	@for hidden in operator http; do ! test -e $$hidden/__init__.py || \
	  { echo "$$hidden/__init__.py hides the standard library's module: remove it"; exit 1; }; done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(BIN)/python -m rise_crds.generate --check
	$(BIN)/python -m rise_cli.reference --check
	$(BIN)/python docs/generate.py --check
	$(BIN)/python docs/links.py
	$(BIN)/pyright

fmt: .venv/ready ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

# Three sessions side by side, each with a platform of its own: most of the time is waiting. Each glob has
# its opposite in another session, so that a new file belongs to exactly one (tests/unit/test_sessions.py).
# The attacks come before what needs an operator: they stop it. What runs in the background is printed at the end.
SESSION_1 := tests/e2e/test_[!gr]* tests/e2e/test_re[!g]* tests/unit tests/integration/rise_[!bclo]* \
  tests/integration/rise_operator/test_[!l]*
SESSION_2 := tests/security tests/e2e/test_g* tests/e2e/test_reg* tests/fuzz tests/integration/rise_b*
SESSION_3 := tests/integration/rise_[cl]* tests/integration/[!r]* tests/integration/rise_operator/test_live_*

# Traced, tests without servers take twice as long: the first session is, which has all of these.
test: build build-clients ## Run every test on real servers
	@mkdir -p .pytest_cache
	@$(BIN)/python -m coverage erase
	@$(PYTEST) $(SESSION_2) > .pytest_cache/session-2.log 2>&1 & second=$$!; \
	  $(PYTEST) $(SESSION_3) > .pytest_cache/session-3.log 2>&1 & third=$$!; \
	  $(BIN)/python -m coverage run -m pytest $(SESSION_1); first=$$?; \
	  wait $$second; second=$$?; cat .pytest_cache/session-2.log; \
	  wait $$third; third=$$?; cat .pytest_cache/session-3.log; \
	  test $$first = 0 && test $$second = 0 && test $$third = 0
	@$(BIN)/python -m coverage combine --quiet
	@echo "covered by the first session: $$($(BIN)/python -m coverage report --format=total) % of lines and branches"

coverage: .venv/ready ## Show which lines and branches tests run in their own process: make coverage TESTS=tests/unit
	@$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest -q $(or $(TESTS),tests/unit)
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report

test-unit: .venv/ready ## Run the tests that need no server
	$(BIN)/pytest tests/unit

test-integration: build ## Run the tests of one part each on a real server
	$(BIN)/pytest tests/integration

test-security: build build-clients ## Run the tests of the attack matrix, and print how each of its rows fared
	$(BIN)/pytest --rows -q tests

# What takes minutes, and is no part of `make test`: big images, long pushes, what breaks meanwhile.
REGISTRY := tests/registry

test-registry: build build-clients ## Push and pull big images while things break, and print how the matrix' rows of registries fared
	$(BIN)/pytest -o timeout=1200 -q $(REGISTRY)
	$(BIN)/pytest --rows=109-118 -q tests/e2e/test_registry_*.py tests/integration/rise_registry

fuzz: build ## Send 50,000 requests and 5,000 tokens by chance; RISE_FUZZ_SEED=2 sends others
	RISE_FUZZ_CASES=50000 RISE_FUZZ_TOKENS=5000 $(BIN)/pytest -o timeout=3600 -q tests/fuzz

test-e2e: build build-clients ## Run the tests of the whole platform
	$(BIN)/pytest tests/e2e

mutate-policies: build ## Change every policy in one thing after the other: some test has to notice each
	PYTHONPATH=tests $(BIN)/python -m mutation --sample $(or $(SAMPLE),20)

fuzz-rest: build ## Search the REST API for answers that its OpenAPI document does not describe
	RISE_FUZZ_REST=200 $(BIN)/pytest -q tests/e2e/test_rest_document.py

generate: build ## Write what is made from code: CRDs, reference pages, golden files, the schema dump
	$(BIN)/python -m rise_crds.generate
	$(BIN)/python -m rise_cli.reference
	$(BIN)/python docs/generate.py
	RISE_UPDATE_GOLDEN=1 $(BIN)/pytest -q -m golden

bench: build ## Measure against a floor in the same run
	$(BIN)/python bench/bulk.py
	$(BIN)/python bench/cli_start.py
	$(BIN)/python bench/lists.py
	$(BIN)/python bench/renewals.py

bench-gateway: build ## Measure the gateway beside kubectl proxy and the API server itself
	$(BIN)/python bench/gateway.py

bench-authz: build ## Measure what the API server's decisions cost with many projects: make bench-authz PROJECTS=10000
	$(BIN)/python bench/authz.py --projects $(or $(PROJECTS),1000)

bench-registry: build ## Measure tokens of a registry beside the same registry with htpasswd
	$(BIN)/python bench/registry_token.py

# ---- the environment -----------------------------------------------------------------------------

# Editable installs without build isolation: hatchling and editables are pinned with everything else.
.venv/ready: requirements.txt requirements-uv.txt $(PROGRAMS:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Rise needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.txt requirements-uv.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(PROGRAMS:%=-e ./%)
	@touch $@

lock: .venv/ready ## Pin the newest versions that the programs allow
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header \
	  --no-emit-package rise-crds --no-emit-package rise-http --no-emit-package rise-registry \
	  --no-emit-package rise-database \
	  $(PROGRAMS:%=%/pyproject.toml) requirements-dev.in -o requirements.txt
