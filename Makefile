# Everything a person or CI does with this checkout. Needs make, git and Python >= 3.11, nothing else:
# tools/bootstrap.py fills .venv with the locked dependencies and is a no-op when they are already there.

.DEFAULT_GOAL := help
.PHONY: help run test lint fmt bench bench-peers mall-weapp mall-alipay screenshots lock

# The interpreter that .venv is, or will be, made from; tools/python.sh says how it is chosen.
PYTHON ?= $(shell sh tools/python.sh)
BIN := .venv/bin

# Each process of a server, and of the hundreds that tests start, would compile all it imports: twice the time to start.
unexport PYTHONDONTWRITEBYTECODE

help:  ## Show this list (the default).
	@echo "Usage: make TARGET [ARGS='…']"
	@awk -F ':  ## ' '/^[a-z-]+:  ## / { printf "  %-12s%s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# `exec` puts the program in the shell's place, so that Ctrl-C and a SIGTERM to make both reach it.
run:  ## Start Shangmai here with a sample company: database, API, worker, pages. Ctrl-C stops it.
	@$(PYTHON) tools/bootstrap.py
	@$(BIN)/python tools/web.py
	@SHANGMAI_DEMO=$${SHANGMAI_DEMO:-true} exec $(BIN)/shangmai up $(ARGS)

test:  ## Run every check and every test; ARGS go to pytest (ARGS='-k cancel').
	@$(PYTHON) tools/bootstrap.py --dev
	@exec $(BIN)/python tools/check.py $(ARGS)

lint:  ## Run the checks without the tests.
	@$(PYTHON) tools/bootstrap.py --dev
	@exec $(BIN)/python tools/check.py --no-tests

fmt:  ## Format the code and fix what can be fixed by machine.
	@$(PYTHON) tools/bootstrap.py --dev
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

bench:  ## Measure; the numbers in docs/ come from here.
	@$(PYTHON) tools/bootstrap.py
	@exec $(BIN)/python -m bench $(ARGS)

bench-peers:  ## Measure beside Vendure and Medusa, which it fetches by npm (ARGS='--only checkout --rounds 1').
	@$(PYTHON) tools/bootstrap.py
	@exec $(BIN)/python -m bench.peers $(ARGS)

mall-weapp:  ## Build the mall as a WeChat mini-program into web/mall/dist-weapp (MALL_API: the server's address).
	@$(PYTHON) tools/bootstrap.py
	@exec $(BIN)/python tools/web.py --mini weapp

mall-alipay:  ## Build the mall as an Alipay mini-program into web/mall/dist-alipay.
	@$(PYTHON) tools/bootstrap.py
	@exec $(BIN)/python tools/web.py --mini alipay

screenshots:  ## Picture the mall and the admin into docs/screenshots, from make run in another terminal (ARGS='--all').
	@$(PYTHON) tools/bootstrap.py --dev
	@exec $(BIN)/python tools/screenshots.py $(ARGS)

# Needs uv. The runtime lock is cut from the development lock, so both hold the same versions. UPGRADE=--upgrade moves
# all of them, UPGRADE='--upgrade-package litestar' one.
COMPILE = uv pip compile --quiet --universal --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
	--python-version 3.11 --custom-compile-command 'make lock' pyproject.toml --group build

lock:  ## Write the lock files anew from pyproject.toml (UPGRADE=--upgrade takes newer versions).
	@$(COMPILE) --group dev $(UPGRADE) --output-file requirements-dev.lock
	@$(COMPILE) --constraints requirements-dev.lock $(UPGRADE) --output-file requirements.lock
