# What is done every day; `make` alone lists it.  The rest is in noxfile.py.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8000

# The first environment that holds what is asked for here: .venv, the active one, or
# that of the work tree this one was made from.  Where none does, .venv is made.
# What is installed is known by its content: a fresh clone or a second work tree, where
# every file is new, installs nothing twice.
ASKED := $(shell cat requirements.txt constraints.txt | cksum | tr ' ' '-')
FIND = mine=$$(git rev-parse --git-common-dir 2> /dev/null || true); \
	for venv in .venv "$${VIRTUAL_ENV:-}" "$$mine/../.venv"; do \
		if [ -e "$$venv/installed-$(ASKED)" ]; then cd "$$venv" && pwd && exit; fi; \
	done; echo "$$PWD/.venv"
ifndef VENV
VENV := $(shell $(FIND))
endif

# One thread each: the networks are small, and sums are always taken in one order.
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export PYTHONHASHSEED := 0
export PYTHONPATH := $(CURDIR)
export PATH := $(VENV)/bin:$(PATH)
unexport MPLBACKEND

.PHONY: help install book slides test check unit notebooks browser sabotage chapters serve lab \
	print clean
.NOTPARALLEL:

help:  ## list these targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{ printf "%-11s%s\n", $$1, $$2 }'

install:
	@[ ! -e "$(VENV)/installed-$(ASKED)" ] || exit 0; \
	if [ ! -x "$(VENV)/bin/python" ]; then \
		command -v "$(PYTHON)" > /dev/null || { \
			echo "$(PYTHON) is missing: install Python 3.10 or newer."; exit 1; }; \
		"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
			echo "$(PYTHON) is too old: install Python 3.10 or newer, or say make PYTHON=python3.12"; \
			exit 1; }; \
		"$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null || { \
			echo "Python's venv module is missing: on Debian and Ubuntu, apt-get install python3-venv"; \
			exit 1; }; \
		echo "1/3  an environment: $(VENV)"; \
		"$(PYTHON)" -m venv "$(VENV)"; \
	fi; \
	echo "2/3  what requirements.txt lists (minutes, the first time)"; \
	python -m pip install --disable-pip-version-check -r requirements.txt -c constraints.txt \
		2> >(grep -v '^WARNING' >&2) | awk '{ split($$2, name, "-") } \
		/Downloading .*[MG]B\)/ { print "     " name[1], $$3, $$4; fflush() } \
		/^Installing/ { print "     installing", NF - 3, "packages …"; fflush() }'; \
	echo "3/3  the book's own packages"; \
	python -m pip install -q --disable-pip-version-check --no-deps -e .; \
	rm -f "$(VENV)"/installed*; touch "$(VENV)/installed-$(ASKED)"

book: install  ## build the book from the stored outputs
	@jupyter-book build . -W --keep-going -q
	@echo "The book is built: open _build/html/index.html, or run make serve."

slides: book  ## slides of each chapter and of the lecture
	@echo "The slides are made: open _build/html/slides/lecture.html."

test: check unit notebooks book browser  ## everything, in this order
	@echo "Everything passed."

check: install  ## format, lint, types, who may import whom (seconds)
	@echo "── format, lint, types, imports"
	@ruff format --check .
	@ruff check .
	@pyright --pythonpath "$(VENV)/bin/python"
	@lint-imports

unit: install  ## unit tests, doctests, tests of the book's files
	@echo "── unit tests, doctests, tests of the book's files"
	@python -m pytest -q -n 2 --ignore=tests/browser --ignore=tests/sabotage

notebooks: install  ## every notebook again, outputs compared
	@echo "── notebooks: up to date with their sources and with nnlib?"
	@python -m claimbook.builder --check
	@echo "── notebooks: every cell again, outputs compared"
	@python -m pytest -p no:cacheprovider @tests/nbval.args -n 2 -q chapters

browser: install  ## the built pages, the PDF and the zip in Chromium (after make book)
	@echo "── the built pages in Chromium"
	@python -m pytest -q -n 2 --dist loadfile tests/browser

sabotage: install  ## break each technique: its chapter must fail (minutes)
	@echo "── each technique broken in turn: does its chapter notice?"
	@python -m pytest -q -n 2 tests/sabotage

chapters: install  ## execute what changed (FORCE=1: all; ONLY=02: that chapter)
	@python -m claimbook.builder $(ONLY) $(if $(FORCE),--force)

serve: book  ## build the book and serve it on localhost (PORT=8000)
	@echo "Open http://localhost:$(PORT) (Ctrl-C ends it)."
	@python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

lab: install  ## open the notebooks in JupyterLab
	@jupyter lab chapters

print: book  ## the book to take away: one PDF (by Chromium) and one zip
	@python -m claimbook.printing

clean:  ## remove what was built, but not .venv
	@rm -rf _build build dist mutants .nox *.egg-info .coverage .pytest_cache .ruff_cache \
		.hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
