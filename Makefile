# Everything there is to run. Each target sets up what it needs: Debian packages with scripts/need, Python packages
# in a virtual environment. `make test PYTHON=python3.13 VENV=.venv313` does the same with another Python.
.DEFAULT_GOAL := help
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
VENV ?= .venv
export PYTHON

BIN := $(CURDIR)/$(VENV)/bin
TOOLS := PATH="$(BIN):$$PATH"
# Evaluated when a recipe uses it: a fresh machine has no Python when this file is read.
TAG = $(shell $(PYTHON) -c 'import sys, sysconfig; v = "cp%d%d" % sys.version_info[:2]; \
	print(v, v + sys.abiflags, sysconfig.get_platform().replace("-", "_"), sep="-")')
BUILD ?= build/dev-$(TAG)
SID := PYTHON=/usr/bin/python3.14 VENV=.venv314
PYTEST = $(BIN)/python -m pytest

.PHONY: help
help: ## What there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# --- setting up ---------------------------------------------------------------------------------

$(VENV)/.created:
	@scripts/need python3 python3-venv python3-dev g++
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# $(VENV)/.with-NAME: the packages of requirements/NAME.txt are installed.
$(VENV)/.with-%: requirements/%.txt | $(VENV)/.created
	@echo "Installing requirements/$*.txt"
	@$(BIN)/pip install -q --disable-pip-version-check -r $<
	@touch $@

# The package itself, as links to the sources: once, and again when its metadata change.
$(VENV)/.linked: pyproject.toml $(VENV)/.with-build
	@$(TOOLS) $(BIN)/pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

.PHONY: build modules
build: modules $(VENV)/.with-test ## Build the extension modules beside their sources, in $(VENV)

modules: $(VENV)/.linked
	@$(TOOLS) cmake -S . -B "$(BUILD)" -G Ninja --log-level=WARNING \
		-DCMAKE_BUILD_TYPE=Release -DANYPICKLE_INPLACE=ON -DPython_EXECUTABLE="$(BIN)/python" >/dev/null
	@$(TOOLS) ninja -C "$(BUILD)" --quiet

# --- the two commands of the README -------------------------------------------------------------

.PHONY: demo test
demo: build $(VENV)/.with-programs ## Show the programs that die without anypickle run with it
	@$(BIN)/anypickle demo

test: core-test fuzzers sanitized $(VENV)/.with-programs $(VENV)/.with-contrib ## Run all tests
	@scripts/need python3-testsuite chromium
	@ANYPICKLE_COMPLETE=1 $(BIN)/python scripts/test-all

# --- parts of them, and long forms --------------------------------------------------------------

.PHONY: test-fast test-contrib test-torch core-test tsan tsan-python fuzz test-large storm conformance conformance-cloudpickle test-fresh test-sid test-freethreaded test-asan lint tidy bench docs
test-fast: build ## Run the tests that are quick (two minutes)
	@$(PYTEST) -m "not slow" tests/unit tests/interop tests/issues

test-contrib: build $(VENV)/.with-contrib ## Run the tests of the recipes for other libraries, with those libraries
	@$(PYTEST) tests/contrib tests/integrations/test_contrib_reducers.py

# In an environment of its own: torch brings gigabytes along.
test-torch: ## Run the tests with torch (downloads three gigabytes)
	@$(MAKE) --no-print-directory VENV=.venv-torch modules .venv-torch/.with-torch
	@.venv-torch/bin/python -m pytest tests/contrib/test_torch.py

# The core knows no Python: its tests build and run without one.
core-test: $(VENV)/.with-build ## Run the tests of the C++ core, a kill at every instruction among them
	@scripts/need doctest-dev
	@$(TOOLS) cmake -S cpp -B build/core -G Ninja --log-level=WARNING -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
	@$(TOOLS) ninja -C build/core --quiet
	@$(TOOLS) ctest --test-dir build/core --output-on-failure --timeout 3600

# Threads on one mapping stand for processes: the sanitizer does not see what other processes do.
tsan: $(VENV)/.with-build ## Run the tests of shared memory with threads under ThreadSanitizer
	@scripts/need doctest-dev clang libclang-rt-dev llvm
	@$(TOOLS) CXX=clang++ cmake -S cpp -B build/tsan -G Ninja --log-level=WARNING -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DANYPICKLE_SANITIZE=thread >/dev/null
	@$(TOOLS) ninja -C build/tsan --quiet ring_test pile_test threads_test private_lock_test
	@TSAN_OPTIONS=halt_on_error=1 build/tsan/ring_test
	@TSAN_OPTIONS=halt_on_error=1 build/tsan/pile_test
	@TSAN_OPTIONS=halt_on_error=1 build/tsan/threads_test
	@TSAN_OPTIONS=halt_on_error=1 build/tsan/private_lock_test

.PHONY: fuzzers
fuzzers: $(VENV)/.with-build
	@scripts/need clang libclang-rt-dev llvm
	@$(TOOLS) CXX=clang++ cmake -S cpp -B build/fuzz -G Ninja --log-level=WARNING -DCMAKE_BUILD_TYPE=None \
		-DANYPICKLE_CORE_FUZZ=ON -DANYPICKLE_CORE_TESTS=OFF -DANYPICKLE_SANITIZE=address,undefined >/dev/null
	@$(TOOLS) ninja -C build/fuzz --quiet
	@$(BIN)/python cpp/fuzz/make_seeds.py build/fuzz/seeds

FUZZ_SECONDS ?= 60
fuzz: fuzzers build ## Fuzz the core, and loads beside that of pickle, FUZZ_SECONDS (60) for each entry point
	@$(BIN)/python scripts/fuzz build/fuzz $(FUZZ_SECONDS)

test-large: build ## Run the tests with objects of more than 4 GiB (14 GiB of memory, minutes)
	@ANYPICKLE_LARGE=1 $(PYTEST) tests/unit/test_codec_large.py

storm: build ## Kill users of shared memory: at every instruction, and a thousand rounds of each kind
	@ANYPICKLE_STORM=1000 $(MAKE) --no-print-directory core-test
	@ANYPICKLE_STORM=1000 $(PYTEST) tests/processes/test_shared_storm.py

conformance: modules $(VENV)/.with-pytest ## Run CPython's own pickle tests against anypickle
	@scripts/need python3-testsuite
	@$(PYTEST) tests/conformance

test-fresh: ## Run make test in a clean clone on a Debian 12 that was just made (as root)
	@scripts/in-debian bookworm make test

test-sid: ## Run the quick tests and CPython's own on Debian sid's Python 3.14 and 3.15 (as root)
	@scripts/in-debian sid make test-fast conformance $(SID)
	@scripts/in-debian sid make test-new-python conformance PYTHON=/usr/bin/python3.15 VENV=.venv315

# For a Python that is newer than the versions in requirements/.
test-new-python: modules $(VENV)/.with-pytest
	@$(BIN)/pip install -q --disable-pip-version-check hypothesis joblib cloudpickle dill psutil numpy
	@$(PYTEST) -m "not slow" tests/unit tests/interop tests/issues

conformance-cloudpickle: ## Run cloudpickle's own tests with anypickle in its place, on Debian sid (as root)
	@scripts/in-debian sid sh -c 'scripts/cloudpickle-sources /root/cloudpickle && make build $(SID) && \
		CLOUDPICKLE_SOURCE=/root/cloudpickle make conformance $(SID)'

comma := ,
# $(call install,PIP,NAME,SETTING): the package as it is now, built in build/NAME with a setting of CMake.
install = $(1) install -q --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall . \
	--config-settings=build-dir=build/$(2) --config-settings=cmake.define.$(3)

# A build of its own, in an environment of its own that finds all other packages where they are.
SANITIZED := .venv-asan
$(SANITIZED)/.created: | $(VENV)/.created
	@scripts/need clang libclang-rt-dev llvm
	@$(PYTHON) -m venv --without-pip $(SANITIZED)
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
		>"$$($(SANITIZED)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/packages.pth"
	@touch $@

.PHONY: sanitized
sanitized: $(SANITIZED)/.created build
	@$(TOOLS) CXX=clang++ $(call install,$(BIN)/pip --python $(SANITIZED)/bin/python,asan,ANYPICKLE_SANITIZE=address$(comma)undefined) \
		--config-settings=cmake.build-type=None

test-asan: sanitized $(VENV)/.with-programs $(VENV)/.with-contrib ## Run the Python tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/need python3-testsuite chromium
	@ANYPICKLE_COMPLETE=1 scripts/sanitized $(SANITIZED)/bin/python scripts/test-all $(sort $(dir $(wildcard tests/*/test_*.py)))

# Once under the GIL, and once without it, but for what `install()` makes of the locks of threading, which switches it on.
# With any other Python: the code that is for such a one, under the GIL.
FREE := .venv-freethreaded
FREE_GIL ?= $(shell $(PYTHON) -c 'import sysconfig; print("1 0" if sysconfig.get_config_var("Py_GIL_DISABLED") else 1)')
test-freethreaded: ## Run the tests of the codec on a Python without a GIL, PYTHON=python3.14t, or its code on any from 3.13 on
	@$(MAKE) --no-print-directory VENV=$(FREE) $(FREE)/.with-free-threaded
	@PATH="$(CURDIR)/$(FREE)/bin:$$PATH" $(call install,$(FREE)/bin/pip,freethreaded,ANYPICKLE_FREE_THREADED=ON)
	@for gil in $(FREE_GIL); do \
		PYTHON_GIL=$$gil $(FREE)/bin/python -m pytest tests/unit tests/interop tests/issues -m "not slow" \
			$$(test $$gil = 1 || echo --ignore-glob=*/test_promot*) && \
		PYTHON_GIL=$$gil $(FREE)/bin/python -m pytest tests/conformance/test_cpython.py || exit 1; done

# What threads do at once, each kind of object among it: a test in one thread has no race to show.
RACES := .venv-tsan
RACING ?= tests/unit/test_threads*.py tests/issues/test_threads*.py tests/unit/test_value_functions.py tests/interop/test_zoo.py
tsan-python: ## Run the tests of threads under ThreadSanitizer on a Python without a GIL that has it (HACKING.md), PYTHON=...
	@scripts/need clang libclang-rt-dev llvm
	@TSAN_OPTIONS=report_bugs=0 $(MAKE) --no-print-directory VENV=$(RACES) $(RACES)/.with-free-threaded
	@TSAN_OPTIONS=report_bugs=0 CXX=clang++ PATH="$(CURDIR)/$(RACES)/bin:$$PATH" \
		$(call install,$(RACES)/bin/pip,tsan-python,ANYPICKLE_SANITIZE=thread) --config-settings=cmake.build-type=None
	@PYTHON_GIL=0 scripts/races $(RACES)/bin/python -m pytest -k thread $(RACING)

lint: $(VENV)/.with-lint ## Check formatting, types and style of the Python and the C++
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@git ls-files '*.cpp' '*.h' | xargs $(BIN)/clang-format --dry-run -Werror

tidy: build ## Run clang-tidy over the C++
	@scripts/need clang-tidy
	@$(TOOLS) cmake -S . -B "$(BUILD)" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null
	@git ls-files '*.cpp' | grep -v darwin | xargs clang-tidy -p "$(BUILD)" --quiet --warnings-as-errors='*'

bench: build $(VENV)/.with-bench ## Measure against the rivals; writes benchmarks/results/ and docs/performance.md (eight minutes)
	@$(BIN)/python -m benchmarks.codec
	@$(BIN)/python -m benchmarks.page
	@$(BIN)/python -m benchmarks.shared

docs: build ## Make the pages that are made from measurements, and check the documents
	@$(BIN)/python -m benchmarks.page
	@$(BIN)/python scripts/check-docs
