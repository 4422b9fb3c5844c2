#!/usr/bin/env bash
# Installs what the comparison needs: load generators' compiler, SIPp, Kamailio, PostgreSQL, rtpengine.
set -euo pipefail
missing=()
for pair in gcc:gcc taskset:util-linux sipp:sip-tester kamailio:kamailio rtpengine:rtpengine-daemon python3:python3; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || [ -x "/usr/sbin/${pair%%:*}" ] || missing+=("${pair##*:}")
done
[ -e /usr/include/openssl/md5.h ] || missing+=(libssl-dev)
[ -e /usr/share/kamailio/postgres/usrloc-create.sql ] || missing+=(kamailio-postgres-modules)
[ -x /usr/lib/postgresql/15/bin/initdb ] || missing+=(postgresql)
if [ ${#missing[@]} -gt 0 ]; then
    echo "Installing ${missing[*]}"
    sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
