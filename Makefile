# Two commands do it all: `make demo` and `make test`. The rest are parts of them or for maintainers.
.PHONY: help demo test test-fast soak molecule bench lint lock clean

help: ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: ## The main job on 25 simulated Windows hosts, then the web console
	@scripts/demo $(ARGS)

test: ## Every check and every test
	@scripts/test $(ARGS)

test-fast: ## Unit tests only
	@scripts/setup --no-ui && .venv/bin/python -m pytest tests/unit

soak: ## The long versions of the samples, and molecule's scenarios
	@scripts/setup && scripts/test-packages && .venv/bin/python -m pytest -m "soak or rotating" && scripts/test-cores
	@$(MAKE) molecule

molecule: ## A scenario per family of templates, on real Debian hosts
	@scripts/setup --no-ui && scripts/test-packages && PATH="$(CURDIR)/.venv/bin:$(PATH)" molecule test --all

lint: ## Format and lint in place
	@scripts/setup --no-ui && .venv/bin/ruff format -q . && .venv/bin/ruff check --fix .

bench: ## Measure against the goals and plain ansible-playbook; writes build/bench.json
	@scripts/setup --no-ui && .venv/bin/python -m tests.benchmarks $(ARGS)

lock: ## Resolve pyproject.toml into requirements.lock
	@.venv/bin/uv pip compile -q pyproject.toml --group dev --extra model --extra postgresql --universal --generate-hashes \
	  --no-emit-index-url --no-header --python-version 3.11 -o requirements.lock

clean: ## Remove everything that the other targets made
	@scripts/clean
