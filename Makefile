.PHONY: run test test-stores fuzz chaos bench check-api check-tls build format lint

# Starts the host and a sandbox provider, and prints curl lines to try; with CHECK=1 tries them itself and stops.
run:
	@scripts/run $(if $(CHECK),--check)

# Builds and runs all tests.
test:
	@scripts/test

# Runs the scenarios on every store, direct and through a pooler, with one host and with three; for a release.
test-stores:
	@scripts/test-stores

# Feeds made-up bytes to what reads strangers' bytes, ten million in all; SECONDS or RUNS for each target instead.
fuzz:
	@SECONDS_EACH=$(SECONDS) scripts/fuzz

# Breaks everything around three hosts on one PostgreSQL for 15 minutes, and judges; SHORT=1 for a minute, SEED=n for
# the same faults again (docs/chaos.md).
chaos: build
	@SHORT=$(SHORT) SEED=$(SEED) scripts/chaos

# Compares a running host with the OpenAPI document that it serves, for SECONDS in all; SEED=n for other requests.
check-api: build
	@SECONDS_IN_ALL=$(or $(SECONDS),300) scripts/check-api

# Lets testssl.sh look at hosts with TLS; about a minute.
check-tls: build
	@scripts/check-tls

# Prints ratios, each measured side by side; PARTS="reads lists" only these. PARTS=growth is what 100,000 stored connections cost,
# LARGEST=1000000 with it what a million do (docs/growth.md).
bench:
	@LARGEST=$(LARGEST) scripts/bench $(PARTS)

build:
	@scripts/bootstrap
	@scripts/build token-manager

format:
	swift format format --in-place --recursive --configuration .swift-format Package.swift Sources Tests Benchmarks Fuzzing

# Style of the code, then the connector definitions.
lint: build
	swift format lint --strict --recursive --configuration .swift-format Package.swift Sources Tests Benchmarks Fuzzing
	.build/release/token-manager lint --strict connectors.d
