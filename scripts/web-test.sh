#!/usr/bin/env bash
# Tests the web application: types, lints and logic, then stories in a real browser on the binary named as argument.
set -euo pipefail
binary=$(realpath "$1")
cd "$(dirname "$0")/../web"
# Building the binary has installed the packages; a finished build named by RINGWERK_WEB has not.
[ -d node_modules ] || PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
npm run --silent check
RINGWERK_BIN=$binary npm run --silent e2e
