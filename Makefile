.PHONY: run test bench build format lint

# Starts the host and a sandbox provider, and prints curl lines to try; with CHECK=1 tries them itself and stops.
run:
	@scripts/run $(if $(CHECK),--check)

# Builds and runs all tests.
test:
	@scripts/test

# Prints ratios, each measured side by side.
bench:
	@scripts/bench

build:
	@scripts/bootstrap
	swift build -c release --product token-manager

format:
	swift format format --in-place --recursive --configuration .swift-format Package.swift Sources Tests Benchmarks

# Style of the code, then the connector definitions.
lint: build
	swift format lint --strict --recursive --configuration .swift-format Package.swift Sources Tests Benchmarks
	.build/release/token-manager lint --strict connectors.d
