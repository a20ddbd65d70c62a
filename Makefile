# A new machine needs Python 3.11 or newer, git and make; everything else lands in .venv.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
MEMBERS := $(wildcard libs/* services/* apps/*)
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help install lock up down test check lint format types architecture coverage build contracts rulebook risk-rules bench-live bench-hop bench-orders bench-positions bench-protection bench-risk soak clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

install: $(STAMP) ## Install what is missing into .venv

$(STAMP): requirements.lock pyproject.toml $(wildcard */*/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is %d.%d: make PYTHON=..." % sys.version_info[:2] if sys.version_info < (3, 11) else None)'
	@echo "installing into .venv (about a minute the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(UV) || $(BIN)/python -m pip install -q --disable-pip-version-check 'uv>=0.13,<0.14'
	@$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ,$(MEMBERS))
	@touch $@

lock: $(STAMP) ## Resolve the dependencies anew into requirements.lock
	$(UV) export -q --upgrade --format requirements-txt --all-packages --no-emit-workspace --no-header --no-annotate -o requirements.lock

up: $(STAMP) ## Start everything; Ctrl-C stops it
	@exec $(BIN)/interlock up

down: $(STAMP) ## Stop what `make up` started
	@$(BIN)/interlock down

test: $(STAMP) ## Run every test
	$(BIN)/python -m pytest -n 3

check: lint types architecture ## Lint, format, types, architecture, compose file
	@$(BIN)/python -m tools.compose_check

lint: $(STAMP) ## Lint and check the format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP) ## Mend format and what lint can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP) ## Check types, strictly
	$(BIN)/basedpyright

architecture: $(STAMP) ## Check who may import whom
	$(BIN)/lint-imports

coverage: $(STAMP) ## Run every test and hold 80 % coverage
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term:skip-covered

build: $(STAMP) ## Build a wheel of every member into dist/
	$(UV) build -q --no-build-isolation --all-packages --wheel -o dist

contracts: $(STAMP) ## Write docs/contracts.json and the NATS configuration from the contracts
	$(BIN)/python -m contracts.schema > docs/contracts.json
	$(BIN)/python -m tools.nats_conf > deploy/nats/nats.conf

rulebook: $(STAMP) ## Write docs/alpaca-rulebook.md from the exchange's rules
	$(BIN)/python -m exchange.rulebook.document > docs/alpaca-rulebook.md

risk-rules: $(STAMP) ## Write docs/risk-rules.md, config/limits.toml and the table of docs/limits.md from the gate
	$(BIN)/python -m tools.risk_rules > docs/risk-rules.md
	$(BIN)/python -m tools.limits_pages

bench-live: $(STAMP) ## Measure signal to broker against a bare relay, side by side
	$(BIN)/python -m benchmarks.live

bench-hop: $(STAMP) ## Measure what the chassis adds to one hop
	$(BIN)/python -m benchmarks.hop

bench-orders: $(STAMP) ## Measure orders a second through the exchange, and what the executor adds to alpaca-py
	$(BIN)/python -m benchmarks.orders

bench-positions: $(STAMP) ## Measure quotes through the position manager in-process, with many positions open
	$(BIN)/python -m benchmarks.positions

bench-protection: $(STAMP) ## Measure how long shares stand without protection, on real processes with faults and kills
	$(BIN)/python -m benchmarks.protection

bench-risk: $(STAMP) ## Measure verdicts in-process, with many positions open and a long history
	$(BIN)/python -m benchmarks.risk

soak: $(STAMP) ## Run SEEDS=20000 storms over the executor, from FIRST=0
	$(BIN)/python -m tools.soak $(or $(SEEDS),20000) $(or $(FIRST),0)

clean: ## Remove the environment and what was built
	rm -rf .venv dist .coverage htmlcov
