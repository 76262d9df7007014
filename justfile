# Recipes for those who work on the code; `make test` and `make demo` set everything up first.
set shell := ["bash", "-euo", "pipefail", "-c"]
export PATH := justfile_directory() / ".venv/bin:" + env("PATH")

_default:
    @just --list

# every check and every test
test: lint types layers unit model

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

# all tests but the small model's, a file to each core: they mostly wait for processes to start
unit *ARGS: packages
    pytest -q -m "not small_model$(tests/configured/servers/packages.sh marker)" \
      -n logical --maxprocesses 4 --dist loadfile {{ ARGS }}

# the Debian packages of the servers that some tests talk to, where they can be installed
packages:
    @tests/configured/servers/packages.sh install

# the tests with the real small model: one after the other, since it takes every core there is
model *ARGS:
    pytest -q -m small_model {{ ARGS }}

# put style right
fix:
    ruff check --fix .
    ruff format .

# figures beside the peer's, measured in the same run
bench *ARGS:
    python benchmarks/run.py {{ ARGS }}

# incidents that need two kinds of evidence, with the real servers: --model local --window 4096 --out DIR
evidence *ARGS: packages
    PYTHONPATH=tests python -m two_kinds {{ ARGS }}

# which way of calling tools serves the embedded model best: docs/tool-call-modes.md
tool-modes *ARGS:
    python benchmarks/tool_call_modes.py {{ ARGS }}

# a real server with the real small model, and its row in docs/compatibility.md; alone: which
compat *SERVER:
    PYTHONPATH=tests python -m compat {{ SERVER }}

# every back end that runs here, `holmes toolset list` over them, memory and seconds; alone: which; --keep: until Ctrl-C
lab *ARGS: packages
    PYTHONPATH=tests python -m lab {{ ARGS }}

# local hooks that run before each commit
hooks:
    prek install
