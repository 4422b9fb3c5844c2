#!/usr/bin/env bash
# Installs what building Ringwerk needs beside Rust: a C compiler for the embedded database and for TLS, and looks for
# Node.js, which builds the web application.
set -euo pipefail
. "$(dirname "$0")/install.sh"

if ! command -v cargo >/dev/null; then
    echo "Rust is missing. Install it from https://rustup.rs and try again." >&2
    exit 1
fi
if ! command -v npm >/dev/null || [ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -lt 20 ]; then
    echo "Node.js 20 or newer with npm is missing. Install it from https://nodejs.org and try again." >&2
    exit 1
fi
command -v cc >/dev/null || need build-essential
command -v pkg-config >/dev/null || need pkg-config
install_needed
