"""Values for the options of `fix`: BUILDFIX_* variables, and `[fix]` in the user's config.toml.

The command line wins, then the environment, then the file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from buildfix.core.errors import UsageError
from buildfix.core.program import own_command
from buildfix.machines.trust import warn_of_others

PREFIX = "BUILDFIX_"
_TABLE = "fix"


def config_file() -> Path:
    """Return the path of the user's configuration file, which may not exist."""
    return user_config_path("buildfix") / "config.toml"


def name_variables(parameters: Iterable[Any]) -> None:
    """Give each option its variable: BUILDFIX_DRY_RUN for `--dry-run`."""
    for name, option in _named(parameters).items():
        option.envvar = f"{PREFIX}{name.upper().replace('-', '_')}"
        option.show_envvar = False


def read_settings(parameters: Iterable[Any], file: Path) -> dict[str, Any]:
    """Return the file's values by the options' parameter names; raises UsageError."""
    if not file.is_file():
        return {}
    warn_of_others(file)
    options, document = _named(parameters), _parsed(file)
    for key in document:
        if key in options:
            raise _wrong(f"{file}: {key} must be under [{_TABLE}].")
        _check_known(key, (_TABLE,), f"{file}: unknown table or key")
    table = document.get(_TABLE, {})
    if not isinstance(table, dict):
        raise _wrong(f"{file}: {_TABLE} must be a table.")
    found: dict[str, Any] = {}
    for key, value in table.items():
        _check_known(key, options, f"{file}: [{_TABLE}] has an unknown key")
        if wanted := _type_missed(options[key], value):
            raise _wrong(f"{file}: [{_TABLE}] {key} must be {wanted}.")
        found[options[key].name] = value
    return found


def source_of(error: Any) -> str:
    """Return where typer took an invalid value from; empty for the command line."""
    context, option = getattr(error, "ctx", None), getattr(error, "param", None)
    if context is None or option is None:
        return ""
    source = context.get_parameter_source(option.name)
    name = source.name if source else ""
    places = {"ENVIRONMENT": str(option.envvar), "DEFAULT_MAP": str(config_file())}
    return f" (from {places[name]})" if name in places else ""


def _named(parameters: Iterable[Any]) -> dict[str, Any]:
    """Return the options by their long names, without the dashes."""
    options = (one for one in parameters if one.param_type_name == "option")
    return {max(one.opts, key=len).lstrip("-"): one for one in options}


def _parsed(file: Path) -> Mapping[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _wrong(f"Cannot read {file}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise _wrong(f"{file} is not UTF-8: {error.reason}.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _wrong(f"{file} is not TOML: {' '.join(str(error).split())}.") from error


def _check_known(key: str, known: Iterable[str], problem: str) -> None:
    if key in known:
        return
    near = get_close_matches(key.replace("_", "-"), list(known), 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise _wrong(f"{problem}: {key!r}.{hint}")


def _type_missed(option: Any, value: object) -> str:
    """Return the type that an option's value must have in the file; empty if it has it."""
    if option.is_flag or option.count:
        return _flag_missed(option, value)
    if option.multiple:
        texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return "" if texts else "a list of strings"
    right = isinstance(value, (str, int)) and not isinstance(value, bool)
    return "" if right else "a string or a number"


def _flag_missed(option: Any, value: object) -> str:
    kind = int if option.count else bool  # how often it would be given, or whether
    return "" if isinstance(value, kind) else "true or false"


def _wrong(happened: str) -> UsageError:
    return UsageError(happened, do=f"See `{own_command('fix --help')}` for the options.")
