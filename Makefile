# Names for the plain commands that README.md gives. Each does the set-up that it needs,
# once: a target below .venv is newer than what it was made from.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable

.PHONY: help denoise viz viz-build prune test test-slow test-all golden lint docs \
	clean
.DEFAULT_GOAL := help

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

denoise: .venv/run.stamp ## Train the three models and judge them (kedro denoise applies one)
	$(BIN)/kedro run --pipelines=denoise

viz: .venv/run.stamp ## Show the pipeline, its data and its figures in a browser
	$(BIN)/kedro viz run

viz-build: .venv/run.stamp ## The same as a static site in build/, with its previews
	$(BIN)/kedro viz build --include-previews

KEEP ?= 3
prune: .venv/run.stamp ## Show which versions beyond the newest KEEP=3 could go; YES=1 removes
	$(BIN)/kedro prune --keep=$(KEEP) $(if $(filter 1,$(YES)),--yes)

PYTEST := $(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4

test: .venv/dev.stamp ## Run the fast tests: at most two minutes on two cores
	$(PYTEST) -m 'not slow'

test-slow: .venv/dev.stamp .venv/mlflow.stamp ## Run the others: slow, or with a server
	$(PYTEST) -m slow

test-all: .venv/dev.stamp .venv/mlflow.stamp ## Run all tests
	$(PYTEST)

golden: .venv/dev.stamp ## Record the losses that short trainings have on this machine
	$(BIN)/python -m tests.trainer.golden

lint: .venv/dev.stamp ## Check style, types and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/dev.stamp ## Write the generated pages and numbers of the documentation
	$(BIN)/python docs/tools/parameters.py
	$(BIN)/python docs/tools/results.py

clean: ## Remove the environment and what tools left; data/ stays
	rm -rf .venv .viz build dist src/*.egg-info .mypy_cache .pytest_cache .ruff_cache \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv .venv

.venv/run.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) .
	touch $@

.venv/dev.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) '.[dev]'
	touch .venv/run.stamp $@

# MLflow, which makes every call of kedro a second slower, in an environment of its own
# that sees what is in the first one.
.venv/mlflow.stamp: .venv/dev.stamp
	$(BIN)/python -m venv --without-pip --clear .venv/mlflow
	$(BIN)/python -c 'from sysconfig import get_path as path; print("import site; \
		site.addsitedir(%r)" % path("purelib"))' \
		> "$$(.venv/mlflow/bin/python -c 'import site; print(site.getsitepackages()[0])')/above.pth"
	$(BIN)/python -m pip --python .venv/mlflow/bin/python install --quiet \
		--constraint constraints.txt 'kedro-mlflow~=2.0'
	touch $@
