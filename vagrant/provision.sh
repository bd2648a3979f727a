#!/bin/sh
# provision.sh TREE REPORT [NAME...|--quick]: install buildfix from the tree, run the acceptance table.
# For any Unix, as root or as a user with sudo; it brings a Python, and nothing else that builds need.
set -eu
tree=$1 report=$2
shift 2

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# The first Python that buildfix runs on and that can make environments with pip.
find_python() {
    for python in python3.14 python3.13 python3.12 python3.11 python3.10 python3; do
        if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    return 1
}

bring_python() {
    if command -v apt-get; then
        as_root apt-get update
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
            python3 python3-venv
    elif command -v dnf; then # RHEL 9's own python3 is 3.9
        as_root dnf install -y python3.12 || as_root dnf install -y python3
    elif command -v zypper; then # Leap 15's own python3 is 3.6
        as_root zypper --non-interactive install python311 || as_root zypper --non-interactive install python3
    elif command -v apk; then
        as_root apk add python3
    elif command -v pacman; then
        as_root pacman -Syu --noconfirm python
    elif command -v pkg; then
        as_root pkg install -y python3
    elif [ "$(uname)" = Darwin ]; then # what a user of macOS installs by hand
        curl --fail --location --output /tmp/python.pkg \
            https://www.python.org/ftp/python/3.13.5/python-3.13.5-macos11.pkg
        as_root installer -pkg /tmp/python.pkg -target /
    fi >/dev/null
}

python=$(find_python) || {
    bring_python
    python=$(find_python)
}
own=$(mktemp -d)
"$python" -m venv "$own"
"$own/bin/python" -m pip install --quiet "$tree"
cd "$tree"
exec "$own/bin/python" -m vagrant.acceptance \
    --buildfix "$own/bin/buildfix" --python "$python" --report "$report" "$@"
