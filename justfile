# Recipes for those who work on the code; `make test` and `make demo` set everything up first.
set shell := ["bash", "-euo", "pipefail", "-c"]
export PATH := justfile_directory() / ".venv/bin:" + env("PATH")

_default:
    @just --list

# every check and every test
test: lint types layers unit

# style and formatting
lint:
    ruff check .
    ruff format --check .

# mypy strict, source and tests
types:
    mypy -p holmes
    mypy tests

# the layers of docs/architecture.md
layers:
    lint-imports --no-cache

# all tests, the small model included; `just unit -m "not small_model"` leaves it out
unit *ARGS:
    pytest -q {{ ARGS }}

# put style right
fix:
    ruff check --fix .
    ruff format .

# figures beside the peer's, measured in the same run
bench *ARGS:
    python benchmarks/run.py {{ ARGS }}

# which way of calling tools serves the embedded model best: docs/rungs.md
rungs *ARGS:
    python benchmarks/rungs.py {{ ARGS }}

# a real server with the real small model, and its row in docs/compatibility.md; alone: which
compat *SERVER:
    PYTHONPATH=tests python -m compat {{ SERVER }}

# local hooks that run before each commit
hooks:
    prek install
