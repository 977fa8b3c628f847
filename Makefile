.DEFAULT_GOAL := help
PYTHON ?= /usr/bin/python3
VENV ?= .venv

.PHONY: help build
help: ## What there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -q scikit-build-core cmake ninja pytest hypothesis numpy cloudpickle ruff mypy

build: $(VENV)/bin/python ## Build the extension modules beside their sources, in $(VENV)
	$(VENV)/bin/pip install -q --no-build-isolation --no-deps -e .
