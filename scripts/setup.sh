#!/usr/bin/env bash
# Makes sure of what building Ringwerk needs: Rust and Node.js, which the reader installs; a C compiler for the embedded
# database and for TLS, from Debian; what the web application is made of, from npm. Everything that can be missing is
# noticed here, before the long build.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/install.sh

stop() {
    printf '%s\n' "$@" >&2
    exit 1
}

if ! command -v cargo >/dev/null; then
    if [ -n "${SUDO_USER:-}" ]; then
        stop "Rust was not found, because sudo looks for root's and not for yours." \
            "Run make without sudo: it asks for the right by itself when something has to be installed."
    fi
    if [ -x "${HOME:-}/.cargo/bin/cargo" ]; then
        stop "Rust is installed, but this shell does not know it yet. Open a new one, or type: . ~/.cargo/env"
    fi
    stop "Rust is missing. Install it from https://rustup.rs, open a new shell, and try again."
fi
wanted=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' Cargo.toml)
present=$(cargo --version | cut -d' ' -f2)
if [ "$(printf '%s\n' "$wanted" "$present" | sort -V | head -n 1)" != "$wanted" ]; then
    stop "Rust $present is too old; Ringwerk needs $wanted. Install it from https://rustup.rs: Debian's own is older."
fi

node=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/' || true)
if [ "${node:-0}" -lt 20 ] || ! command -v npm >/dev/null; then
    stop "Node.js 20 or newer with npm is missing${node:+ (here is $node)}. Install it from https://nodejs.org or https://deb.nodesource.com and try again." \
        "Debian 12's own is older."
fi

command -v cc >/dev/null || need build-essential
command -v pkg-config >/dev/null || need pkg-config
install_needed

if [ -z "${RINGWERK_WEB:-}" ] && [ web/node_modules/.package-lock.json -ot web/package-lock.json ]; then
    echo "Fetching what the web application is made of, from the npm registry"
    (cd web && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error) ||
        stop "npm could not fetch it; the lines above say why. The machine needs the Internet for the first build" \
            "(behind a proxy: npm config set proxy http://…). Then try again."
fi
