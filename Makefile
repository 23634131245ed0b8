# make report: set-up, training, notebooks, HTML; prints the page to open.
# make test:   set-up if needed, then the whole test suite.
PYTHON ?= python3
STUDY ?= quick
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TRIED_QUARTO := $(VENV)/.tried-quarto
QUARTO := quarto-cli==1.10.18

IMAGE := what-regularizes
ACCELERATOR ?= gpu

.PHONY: report check test test-slow test-image test-all browser image setup publish bench bench-analysis bench-averaging bench-breakdown bench-own-model bench-scaling lock lock-image clean

report: $(TRIED_QUARTO)
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/study report $(STUDY)

# Two at a time, a file whole in one of them, so that what a file shares is made once.
test: $(INSTALLED)
	@$(BIN)/python -m pytest -n 2 --dist loadfile

# Format, lint, and the types of the rooms that hold the numbers.
check: $(INSTALLED)
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && $(BIN)/mypy

# The proofs that take minutes each.
test-slow: $(INSTALLED)
	@$(BIN)/python -m pytest -m slow

# Chromium, for the tests in a real browser and for PDFs where Quarto is missing, and Firefox, for the published page. Debian and
# Ubuntu, as root.
browser:
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 || \
	  echo "Chromium could not be installed; the tests in a browser are skipped." >&2
	@command -v firefox >/dev/null || command -v firefox-esr >/dev/null || apt-get install -y -qq --no-install-recommends firefox-esr >/dev/null 2>&1 || \
	  echo "Firefox could not be installed; the tests in it are skipped." >&2

# The image, built without a Docker daemon and tried without a network; needs root, buildah and debootstrap.
test-image: $(INSTALLED)
	@$(BIN)/python -m pytest -m image

# Both at once.
test-all: $(INSTALLED)
	@$(BIN)/python -m pytest -m "not slow"

# make image ACCELERATOR=cpu: the small one.
image:
	docker build --tag $(IMAGE) --build-arg ACCELERATOR=$(ACCELERATOR) --build-arg REVISION=$$(git rev-parse HEAD)$$(git diff --quiet HEAD || echo +) \
	  --build-arg CREATED=$$(git log -1 --format=%cI) .

setup: $(INSTALLED)

# Everything pinned and checked by hash; uv does it faster where it is there. Byte code is compiled
# now: without it every process would spend seconds on TensorFlow's sources.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(not (3, 11) <= v < (3, 14) and "Expected Python 3.11, 3.12 or 3.13. Received: %d.%d. Name another one: make setup PYTHON=python3.12" % v)'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }
	@if command -v uv >/dev/null; then \
	  uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	  $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .; \
	fi
	@touch $@

# Quarto's package downloads its binary while installing; tried once, and done without if it fails.
$(TRIED_QUARTO): $(INSTALLED)
	@command -v quarto >/dev/null || timeout 300 $(BIN)/python -m pip install --quiet --retries 0 --no-deps $(QUARTO) >$(VENV)/quarto.log 2>&1 || \
	  echo "Quarto could not be installed ($(VENV)/quarto.log says why); Pandoc renders the report." >&2
	@touch $@

# What the repository shows of a study: README, hero figure and tables, from its trained cells.
publish: $(INSTALLED)
	@$(BIN)/python -m study.cli.publication $(STUDY)

# Cells per minute against a fit loop and KerasTuner; minutes, on an otherwise idle machine.
bench: $(INSTALLED)
	@$(BIN)/python benchmarks/throughput.py

# A user's Keras models against a loop over fit.
bench-own-model: $(INSTALLED)
	@$(BIN)/python benchmarks/own_model.py

# Four cells of a training, averaged weights among them, against two.
bench-averaging: $(INSTALLED)
	@$(BIN)/python benchmarks/averaging.py

# The analysis of a large store, made up: seconds and memory.
bench-analysis: $(INSTALLED)
	@$(BIN)/python benchmarks/analysis.py

# Where the time goes, steps against bare arithmetic, the price of determinism.
bench-breakdown: $(INSTALLED)
	@$(BIN)/python benchmarks/breakdown.py

# Cost against cells and workers, local and on Ray; the driver's limit.
bench-scaling: $(INSTALLED)
	@$(BIN)/python benchmarks/scaling.py

# Pins every dependency for Python 3.11 to 3.13 on all platforms, with hashes and without addresses. Needs uv.
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-annotate --no-header --quiet --upgrade
lock:
	$(COMPILE) --extra test --extra check --extra bench --extra ray --extra tensorboard --extra build -o requirements.lock
	$(MAKE) lock-image

# The image's own: of the pins above those that the command line needs, and CUDA's libraries.
lock-image:
	$(COMPILE) --constraint requirements.lock --extra tensorboard -o requirements-cpu.lock
	$(COMPILE) --constraint requirements.lock --extra tensorboard --extra gpu -o requirements-gpu.lock

clean:
	rm -rf $(VENV) results/quick
