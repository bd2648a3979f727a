# What comes before the scripts that ask pip (3.8 on): how its options are read, and how one tells
# that an address does not answer. Index settings, credentials, proxies and certificates are pip's own.
import re
import urllib.parse

LIMIT = 400_000_000  # bytes of an sdist


def install_command():
    """Return pip's `install`, which each age of pip keeps elsewhere."""
    try:
        from pip._internal.commands import create_command

        return create_command("install")
    except ImportError:
        from pip._internal.commands import commands_dict

        return commands_dict["install"]()


def opened(arguments):
    """Return pip's `install` with the options that these words mean, and what it asks by."""
    command = install_command()
    options, _ = command.parse_args([*arguments, "-q"])
    return command, options, command._build_session(options)


def refusal(answer):
    """Return in words what a server says that does not give what was asked for."""
    return " ".join(("the server says", str(answer.status_code), answer.reason or "")).rstrip()


def answers(error):
    """Say whether it is a server that answers, if only that it fails."""
    return "too many" in str(error) or isinstance(error, (KeyError, TypeError, ValueError))


def check_whole(size, told):
    """Raise ValueError where fewer bytes came than a server promised."""
    if told and str(told).isdigit() and size < int(told):
        raise ValueError("the download was cut short: %d of %s bytes arrived" % (size, told))


def trouble_of(error, url):
    """Return in words why a URL could not be fetched."""
    answer, kind = getattr(error, "response", None), type(error).__name__
    failing = re.search(r"too many (\d{3}) error responses", str(error))
    if failing:
        return "the server repeatedly answers %s" % failing.group(1)
    if "IncompleteRead" in kind or "IncompleteRead" in str(error):
        return "the download was cut short"
    if answer is not None:
        return refusal(answer)
    if getattr(error, "errno", None):  # of this machine, as a disk that is full
        return error.strerror
    if "SSL" in kind:
        return "the server's certificate is not trusted"
    if "Proxy" in kind:
        return "the proxy does not respond"
    if "Timeout" in kind:
        return "the server does not respond in time"
    if "Connect" in kind:
        return "cannot connect to " + (urllib.parse.urlsplit(url).hostname or url)
    return str(error) or kind
