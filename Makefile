# The two commands of the README are `make demo` and `make test`; the others are for whoever changes the code.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Handed on to the demo: make demo ARGS="--once --vms 200"
ARGS ?=

.PHONY: help
help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

# Not a release build: it is there in a third of the time, and the demo waits for its clock, not for the processor.
.PHONY: demo
demo: ## build, and run against a simulated Azure on 127.0.0.1
	cargo run --quiet -- demo $(ARGS)

.PHONY: test
test: tools ## install what the tests need, and run them all
	@if cargo nextest --version >/dev/null 2>&1; then \
	  cargo nextest run --no-fail-fast && cargo test --quiet --doc; \
	else \
	  cargo test --no-fail-fast; \
	fi

.PHONY: tools
tools: ## install what the tests need
	@.ci/tools

.PHONY: check
check: fmt lint rustdoc deny ## everything that is checked without running anything

.PHONY: fmt
fmt:
	cargo fmt --check

.PHONY: lint
lint:
	cargo clippy --all-targets -- -D warnings

.PHONY: rustdoc
rustdoc:
	RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps

# Known vulnerabilities are left out: their database has to be fetched, and a check should give today's answer
# tomorrow too. `cargo deny check advisories` asks for them.
.PHONY: deny
deny:
	@PATH="$$(.ci/cargo-deny):$$PATH"; cargo deny --all-features check bans licenses sources

# Named by BICEP, or `bicep` on the PATH; ARGS=--update writes the snapshots of infra/tests anew.
.PHONY: infra
infra: ## compile infra/, and compare what it deploys with the snapshots
	@.ci/infra $(ARGS)

# Too large for every run of the tests: some hundred megabytes are installed into target/.
.PHONY: az-lines
az-lines: ## have the real Azure CLI read every `az` line of the documents
	@test -x target/az/bin/az || { python3 -m venv target/az && target/az/bin/pip install --quiet azure-cli; }
	@AZURE_CONFIG_DIR=target/az/config target/az/bin/python tests/python/az_lines.py

# The newest clients of Azure's services, which are more than every run of the tests installs.
.PHONY: sdk-walk
sdk-walk: ## have Microsoft's newest clients walk through simulated Azure
	@test -x target/sdk/bin/pytest || { python3 -m venv target/sdk && target/sdk/bin/pip install --quiet pytest \
		azure-mgmt-compute azure-mgmt-maintenance azure-mgmt-monitor azure-mgmt-resourcegraph \
		azure-mgmt-resourcehealth azure-mgmt-subscription; }
	@test -d target/sdk-js/node_modules || npm install --silent --no-audit --no-fund --prefix target/sdk-js \
		@azure/arm-compute @azure/arm-resources-subscriptions
	@NOTIFIER_SDK_PYTHON=$(CURDIR)/target/sdk/bin/python NOTIFIER_SDK_NODE=$(CURDIR)/target/sdk-js cargo test --test it -- --nocapture newest_clients

.PHONY: time-zones
time-zones: tools ## compare the time zones of the program with the day's
	@.ci/time-zones

.PHONY: gallery
gallery: tools ## every kind of mail as HTML, text and pictures, in every language, into target/gallery
	GALLERY=$(CURDIR)/target/gallery cargo test --test it rendered::shape::the_gallery

.PHONY: docs
docs: ## write the tables of docs/CONFIGURATION.md anew
	UPDATE_DOCS=1 cargo test --test it documentation::the_tables_say_what_the_code_does

.PHONY: package
package: ## build for Azure, and pack maintenance-notifier.zip
	@.ci/package $(ARGS)

.PHONY: release
release: ## fill dist/ with what a release of this commit has
	@.ci/release

.PHONY: test-package
test-package: tools package ## build for Azure, and run the tests of the host with that program
	NOTIFIER_PACKAGED=target/x86_64-unknown-linux-gnu/release/maintenance-notifier cargo test --test it host::

# SECONDS_EACH=900 and PARSERS="event machine" say how long, and which.
.PHONY: fuzz
fuzz: ## look for bytes that break a parser
	@.ci/fuzz

# ARGS="--only token" or "--shard 1/4" takes some of them.
.PHONY: mutants
mutants: ## take each control out, and see that a test notices
	@.ci/mutants $(ARGS)

.PHONY: bench
bench: ## measure what `make package` built: size, start, memory, and a round beside Alertmanager
	@python3 benches/start.py
	@python3 benches/round.py $(ARGS)

# Two thousand recipients and ten thousand windows; SEEDS=1-5 for several tenants, ARGS="SEED PEOPLE MACHINES" for another.
.PHONY: simulation
simulation: ## live through 40 days of a large tenant, and compare who was notified with who has to be
	@cargo bench --quiet --bench simulation -- $(or $(SEEDS),$(ARGS))
