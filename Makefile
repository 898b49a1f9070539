# The two commands a newcomer needs: `make run` and `make test`.
PYTHON ?= python3.11
PORT ?= 8501
BIN = .venv/bin

.PHONY: setup run test check bench chaos pins example

setup: .venv/installed
	@$(BIN)/python -m jobs migrate

.venv/installed: requirements.txt constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Reprise needs Python 3.11: install it, or say make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

run: setup
	@echo "Reprise opens on http://localhost:$(PORT)"
	@$(BIN)/streamlit run Home.py --server.port $(PORT)

test: check
	$(BIN)/python -m pytest -n 2 --dist loadgroup --durations=25

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy core jobs api pages bench Home.py

example: setup
	@$(BIN)/python -c "from core.settings import example; print(example(), end='')" > .env.example

bench: setup
	@$(BIN)/python -m bench

chaos: setup
	@$(BIN)/python -m bench.chaos $(CHAOS)

pins: setup
	@{ echo "# What the direct dependencies bring with them, pinned: \`make pins\` writes this file anew."; $(BIN)/python -m pip freeze; } > constraints.txt
