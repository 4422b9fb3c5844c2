#!/usr/bin/env bash
# Installs what the tests need: real phones, other people's servers to talk to, a second database, the test runner.
set -euo pipefail
. "$(dirname "$0")/install.sh"

command -v sipp >/dev/null || need sip-tester
command -v baresip >/dev/null || need baresip-core
command -v linphonec >/dev/null || need linphone-cli
command -v kamailio >/dev/null || need kamailio
command -v faketime >/dev/null || need faketime
command -v strace >/dev/null || need strace
command -v sipsak >/dev/null || need sipsak
command -v chromium >/dev/null || need chromium
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || need postgresql
/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || need python3-aiosmtpd
install_needed

# The SMSC of the stories is among the packages of the web application; building the binary installs them too.
[ -d web/node_modules/smpp ] || (cd web && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund)

if ! command -v cargo-nextest >/dev/null; then
    echo "Building cargo-nextest, once; this takes several minutes."
    cargo install --debug --locked --quiet --target-dir "${TMPDIR:-/tmp}/ringwerk-nextest" cargo-nextest
fi
