#!/bin/sh
# Installs buildfix into an environment of its own, as /usr/local/bin/buildfix. Debian's Python has no venv by itself.
set -eu

home=/usr/local/lib/buildfix
if ! python3 -m venv --help >/dev/null 2>&1 || ! python3 -c 'import ensurepip' 2>/dev/null; then
    if ! command -v apt-get >/dev/null; then
        echo "buildfix: python3 with venv is needed; add the feature for Python first." >&2
        exit 1
    fi
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-venv
fi
python3 -m venv "$home"
"$home/bin/python" -m pip install --no-cache-dir --disable-pip-version-check "${SOURCE:-buildfix}"
ln -sf "$home/bin/buildfix" /usr/local/bin/buildfix
