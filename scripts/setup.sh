#!/usr/bin/env bash
# Installs what building Ringwerk needs beside Rust: a C compiler for the embedded database and for TLS.
set -euo pipefail
. "$(dirname "$0")/install.sh"

if ! command -v cargo >/dev/null; then
    echo "Rust is missing. Install it from https://rustup.rs and try again." >&2
    exit 1
fi
command -v cc >/dev/null || need build-essential
command -v pkg-config >/dev/null || need pkg-config
install_needed
