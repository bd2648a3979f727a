#!/bin/sh
# Runs the buildfix.pyz beside this script with the arguments given. A machine without Python 3.10 or later gets
# python3 from its package manager first, and nothing else.
set -eu

archive=$(dirname -- "$0")/buildfix.pyz

find_python() { # prints the first Python that is new enough
    for name in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    return 1
}

install_command() { # prints how this system installs python3
    while read -r manager words; do
        if command -v "$manager" >/dev/null 2>&1; then
            echo "$manager $words"
            return
        fi
    done <<'MANAGERS'
apt-get install -y --no-install-recommends python3
dnf install -y python3
yum install -y python3
zypper --non-interactive install python3
pacman -Sy --noconfirm python
apk add python3
xbps-install -Sy python3
emerge --noreplace dev-lang/python
pkg install -y python3
brew install python3
MANAGERS
    return 1
}

stop() { # says why nothing can be run, with the exit code for "a person is needed"
    echo "bootstrap.sh: $*" >&2
    exit 4
}

agree() { # asks a person, unless --yes was given
    [ -z "$yes" ] || return 0
    [ -t 0 ] || stop "Python 3.10 or later is missing. Run: $command (or pass --yes)"
    printf 'Python 3.10 or later is missing. Run "%s"? [y/N] ' "$command" >&2
    read -r answer
    case $answer in [yY] | [yY]es) ;; *) stop "Cancelled." ;; esac
}

as_root() { # runs a command as root; brew runs as the user
    if [ "$(id -u)" = 0 ] || [ "$1" = brew ]; then
        "$@"
    else
        sudo ${yes:+-n} -- "$@"
    fi
}

yes=
case ${BUILDFIX_YES-} in 1 | true | yes | on) yes=1 ;; esac
for word; do
    case $word in
    -y | --yes) yes=1 ;;
    --) break ;;
    esac
done

[ -f "$archive" ] || stop "$archive does not exist."
if ! python=$(find_python); then
    command=$(install_command) || stop "Install Python 3.10 or later, then run: python3 $archive"
    agree
    case $command in apt-get*) as_root apt-get update >&2 || : ;; esac
    # shellcheck disable=SC2086 # the words of the list above
    as_root $command >&2 || stop "Cannot install Python: $command."
    python=$(find_python) || stop "The system's python3 is older than 3.10. Install a newer one."
fi
exec "$python" "$archive" "$@"
