# The commands of this repository. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help demo run test test-sdk test-api test-pages test-ops screenshots soak bench setup fmt readme fixtures image

# Everything but `image` uses the dev profile: it builds about twice as fast as release, its dependencies are
# optimised all the same (Cargo.toml), and demo, run and test share what is built.

help: ## Show these commands
	@echo "KoaLens backend: a photo or short video of a pack in, a vegan verdict out."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "The first run installs missing Debian packages (as root or through sudo) and builds for some minutes."

demo: ## Start the service on its defaults, send it a bundled clip (or CLIP=file), print the verdict, stop it
	@scripts/setup demo
	cargo build --locked
	@scripts/demo $(CLIP)

run: ## Serve on http://localhost:8080 until Ctrl-C, data in ./data
	@scripts/setup run
	cargo run --locked -- serve

test: ## Check format, lints and every test
	@scripts/setup test
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo test --locked
	@$(MAKE) --no-print-directory test-sdk
	@$(MAKE) --no-print-directory test-api
	@$(MAKE) --no-print-directory test-ops
	@$(MAKE) --no-print-directory test-pages

test-sdk: ## Hold what is sent to vendors, and their stand-in, against their own SDKs from PyPI (part of test)
	@scripts/setup test
	cargo test --locked --no-run --test tidy
	@scripts/test-sdk

test-api: ## Hold the service against its own description: valid, a client of it compiles, a minute of requests (part of test)
	@scripts/setup test
	cargo test --locked --no-run --test tidy
	@scripts/test-api

test-pages: ## Walk through the pages in a headless Chromium (part of test)
	@scripts/setup test
	cargo test --locked --no-run --test tidy
	@scripts/test-pages

screenshots: ## Take the README's pictures of the pages anew, on the walk through them
	@scripts/setup test
	cargo test --locked --no-run --test tidy
	@SCREENSHOTS=docs scripts/test-pages

test-ops: ## Try alerts, dashboards, deploy scripts and runbook on a running service, with Prometheus (part of test)
	@scripts/setup test
	cargo test --locked --no-run --test tidy
	@scripts/test-ops

soak: ## Send 20000 damaged files through the workers, and any bytes to the readers of labels for an hour (or FUZZ_SECONDS)
	@scripts/setup test
	DAMAGED_FILES=20000 cargo test --locked --test integration damaged_files -- --nocapture
	FUZZ_SECONDS=$${FUZZ_SECONDS:-3600} cargo test --locked --release --lib ingredients::fuzz

bench: ## Measure the lexicon, typed lists beside /health, readers beside a direct call and beside nginx
	@scripts/setup bench
	cargo bench --locked

setup: ## Install what demo, run and test need, and build nothing
	@scripts/setup demo
	@scripts/setup test

fmt: ## Format the code
	cargo fmt

readme: ## Write what is generated anew: the README's tables, docs/metrics.md, the golden files
	WRITE_README=1 cargo test --locked --test integration -- readme golden
	WRITE_README=1 cargo test --locked --lib golden

fixtures: ## Draw and film the bundled clips and photos anew (they are committed: seldom needed)
	@scripts/setup fixtures
	python3 -m venv target/fixtures-env
	target/fixtures-env/bin/pip install --quiet numpy pillow opencv-python-headless
	target/fixtures-env/bin/python scripts/make-fixtures

image: ## Build the container image koalens
	docker build --tag koalens .
