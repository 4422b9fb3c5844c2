# shellcheck shell=bash
# To be sourced: `need PACKAGE` notes a Debian package, `install_needed` installs what was noted.

needed=()

need() {
    needed+=("$@")
}

install_needed() {
    [ "${#needed[@]}" -gt 0 ] || return 0
    echo "Installing from Debian: ${needed[*]}"
    if ! command -v apt-get >/dev/null; then
        echo "This is not a Debian machine. Install the equivalents of these packages yourself: ${needed[*]}" >&2
        return 1
    fi
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "That needs root, and there is no sudo here. As root: apt-get install ${needed[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    # A package that starts a service at once would hold the ports that tests or Ringwerk itself want.
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update ||
        ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
            apt-get -qq install --yes --no-install-recommends -o Dpkg::Use-Pty=0 "${needed[@]}" >/dev/null; then
        echo "Not installed; the lines above say why. Somebody who may can do it: apt-get install ${needed[*]}" >&2
        return 1
    fi
}
