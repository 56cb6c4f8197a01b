# The doors of the project; CI calls them verbatim.
PYTHON ?= $(shell command -v python3.11 || echo python3)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt

.PHONY: setup reproduce test lint docs revisions latex bench mutation clean

setup: .venv/installed

# The stamp is written last, so that an interrupted installation is taken up again.
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) pip
	$(INSTALL) --build-constraint constraints.txt --editable '.[cluster,images]' --group test --group lint
	touch $@

reproduce: setup
	$(BIN)/ganproof reproduce --preset quick

test: setup
	$(BIN)/python -m pytest --numprocesses 2

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo --no-cache

# The statements in docs/theorems come from the theorem objects.
docs: setup
	$(BIN)/python docs/write_pages.py

# A new theorem, or a raised revision, gets a line in docs/revisions.tsv; no line is ever altered.
revisions: setup
	$(BIN)/python docs/write_revisions.py

# All theorems and derivations as build/theorems.pdf; it needs pdflatex.
latex: setup
	$(BIN)/python docs/write_latex.py build
	cd build && pdflatex -interaction=nonstopmode -halt-on-error theorems.tex

bench: setup
	$(INSTALL) --group bench
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

# Changes the kernel's source, one place at a time: which changes do its tests not notice? Hours for all of it;
# MUTANTS='theory.kernel.signs*' takes one module. It goes on where it was interrupted.
mutation: setup
	$(INSTALL) --group mutation
	$(BIN)/mutmut run $(MUTANTS)
	$(BIN)/mutmut results

clean:
	rm -rf .venv runs reproduction mutants
