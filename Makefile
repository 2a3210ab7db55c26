# Two commands set everything up on a fresh machine: `make run` and `make test`.
# Every verb ends with one line that says how many held and how many failed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := pyproject.toml $(wildcard mls/pyproject.toml)

.PHONY: run test check vectors storm fuzz bench bench-peers lab shapes docs web lock clean

run: $(VENV)/run
	@$(BIN)/python tools/run.py $(ARGS)

test: $(VENV)/dev
	@$(BIN)/python tools/test.py $(ARGS)

check: $(VENV)/dev
	@$(BIN)/python tools/check.py

vectors: $(VENV)/dev
	@$(BIN)/python tools/vectors.py

storm: $(VENV)/dev
	@$(BIN)/python -m tests.storm $(ARGS)

fuzz: $(VENV)/dev
	@$(BIN)/python tools/fuzz.py $(ARGS)

bench: $(VENV)/dev
	@$(BIN)/python -m bench $(ARGS)

bench-peers: $(VENV)/dev
	@$(BIN)/python -m bench.peers $(ARGS)

lab: $(VENV)/dev web
	@$(BIN)/python -m linnet.lab $(ARGS)

shapes: $(VENV)/dev .shapes/made
	@$(BIN)/python -m bench.shapes $(ARGS)

docs: $(VENV)/dev
	@$(BIN)/python tools/docs.py

web: $(VENV)/run
	@$(BIN)/python tools/web.py build

lock:
	@$(PYTHON) tools/lock.py

clean:
	rm -rf $(VENV) .shapes .run .bench

$(VENV)/run: requirements.lock $(PACKAGES)
	@$(PYTHON) tools/setup.py requirements.lock $(VENV)
	@touch $@

.shapes/made: requirements-shapes.lock
	@$(PYTHON) tools/setup.py requirements-shapes.lock .shapes
	@touch $@

$(VENV)/dev: requirements-dev.lock $(PACKAGES)
	@$(PYTHON) tools/setup.py requirements-dev.lock $(VENV)
	@touch $@ $(VENV)/run
