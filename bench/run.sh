#!/usr/bin/env bash
# Measures Ringwerk beside Kamailio and rtpengine; see bench/run.py. Arguments are passed on.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/bench-setup.sh
cargo build --release --bin ringwerk
exec python3 bench/run.py --ringwerk "${CARGO_TARGET_DIR:-target}/release/ringwerk" "$@"
