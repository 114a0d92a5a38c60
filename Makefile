# The only commands anyone must know.
.DEFAULT_GOAL := help
.PHONY: help run test check bench soak torture pictures bundle macos-check clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

run: ## Build and start Caretaker, on the demo ecosystem where nothing else is set up yet
	@.ci/start

test: ## Everything CI runs, after installing what it needs
	@.ci/test

check: ## Style, lints, house rules, licences, types: everything short of running the program
	@.ci/install build check && .ci/page && .ci/check

bench: ## Speed and memory beside the usual tools, as a table (BENCH="--quick" for a short run, "--write" for BENCHMARKS.md)
	@.ci/install build desktop bench && .ci/page && cargo build --locked --release -p caretaker-cli -p caretaker-app -p bare-tray && cargo bench --locked -p caretaker-bench --bench peers -- $(BENCH)

soak: ## A hundred thousand random streams through the alert rules, sixteen years of slots in every zone (some minutes)
	@.ci/install build && CARETAKER_STREAMS=100000 CARETAKER_ZONES=all cargo test --locked --release -p caretaker-core --test streams --test calendar

torture: ## Backups, restores, pruning, runbooks and sending killed and refused at every system call (an hour)
	@.ci/install build desktop && CARETAKER_TORTURE=all cargo test --locked --release -p caretaker-cli --test torture --test runbook_kills --test away_kills -- --nocapture

pictures: ## Take the pictures in docs/ anew, from the real app on a desktop without a screen
	@.ci/install build pictures && .ci/page && cargo build --locked -p caretaker-cli -p caretaker-app && cargo run --locked -p caretaker-desktop --features pictures --example pictures -- $(PICTURES)

bundle: ## What is handed to users: .app and .dmg on macOS, .deb on Linux
	@.ci/bundle

macos-check: ## Type-check the macOS code, from Linux too
	@.ci/install build macos && .ci/page && .ci/macos-check

clean: ## Remove what was built
	rm -rf target ui/dist ui/node_modules
