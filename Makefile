.DEFAULT_GOAL := help
PYTHON ?= /usr/bin/python3
VENV ?= .venv
TAG := $(shell $(PYTHON) -c 'import sys, sysconfig; v = "cp%d%d" % sys.version_info[:2]; print(v, v + sys.abiflags, sysconfig.get_platform().replace("-", "_"), sep="-")')
BUILD ?= build/dev-$(TAG)

.PHONY: help build
help: ## What there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -q scikit-build-core cmake ninja pytest hypothesis numpy cloudpickle ruff mypy

build: $(VENV)/bin/python ## Build the extension modules beside their sources, in $(VENV)
	@$(VENV)/bin/python -c 'import anypickle' 2>/dev/null || $(VENV)/bin/pip install -q --no-build-isolation --no-deps -e .
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cmake -S . -B "$(BUILD)" -G Ninja --log-level=WARNING \
		-DCMAKE_BUILD_TYPE=Release -DANYPICKLE_INPLACE=ON -DPython_EXECUTABLE="$(CURDIR)/$(VENV)/bin/python"
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" ninja -C "$(BUILD)"
