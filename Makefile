# Thin targets; what they do stands in scripts/ and in Cargo.toml.

# Where `make run` keeps its data and where it listens.
DATA ?= ./data
HTTP ?= 127.0.0.1:8080
SIP ?= 0.0.0.0:5060

TARGET := $(or $(CARGO_TARGET_DIR),target)

.PHONY: help run build check test bench

help:
	@echo 'make run     build Ringwerk and start it with its data in $(DATA)  (DATA=, HTTP=, SIP= choose others)'
	@echo 'make test    install what the tests need and run all of them'
	@echo 'make check   the quick part of it: house rules, formatting, lints'
	@echo 'make bench   measure Ringwerk beside Kamailio and rtpengine'

run: build
	exec $(TARGET)/release/ringwerk serve --data $(DATA) --http $(HTTP) --sip $(SIP)

build:
	@scripts/setup.sh
	@[ -x $(TARGET)/release/ringwerk ] || echo 'Building Ringwerk; the first time, this takes long'
	cargo build --release --locked

check:
	cargo xtask tidy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

# nextest comes last: its summary is what a person and a machine look for at the end.
test:
	@scripts/setup.sh
	@scripts/test-setup.sh
	$(MAKE) check
	@if command -v cargo-deny >/dev/null; then cargo deny --offline check licenses bans sources; fi
	cargo build --workspace --bins --locked
	scripts/web-test.sh $(TARGET)/debug/ringwerk
	cargo test --workspace --doc --locked --quiet
	scripts/with-postgres.sh cargo nextest run --workspace --locked

bench:
	@scripts/setup.sh
	bench/run.sh
