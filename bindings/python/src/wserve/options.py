"""Options in Python's forms, as the texts that the library takes."""
from __future__ import annotations

import os
import socket
from typing import Any, Iterable, NamedTuple

from wserve import _native

__all__ = ["Option", "options", "packed", "to_text"]


class Option(NamedTuple):
    """One option of the library, described by itself."""

    name: str
    type: str
    unit: str
    default: str
    range: str
    help: str
    since: str


def options() -> list[Option]:
    """Every option, in the order of a manual."""
    return [Option(*row) for row in _native.options()]


_OPTIONS = {option.name: option for option in options()}
TYPES = {name: option.type for name, option in _OPTIONS.items()}
_KINDS = {"bool": "True or False", "list": "text, or a list of texts"}


def _wrong_type(name: str, value: Any) -> TypeError:
    option = _OPTIONS.get(name)
    allowed = (option.range or _KINDS.get(option.type, "text")) if option else "text, a number, a bool or a list of them"
    return TypeError(f"{name} must be {allowed}, got {type(value).__name__}")


def _listed(name: str, values: Iterable[Any]) -> str:
    return " ".join(to_text(name, value) for value in values)


def _sockets(value: Any) -> str:
    """Descriptor numbers of socket objects; as Waitress, without what is none."""
    if isinstance(value, str):
        return value
    known = [item for item in value if isinstance(item, (int, socket.socket))]
    return " ".join(str(item if isinstance(item, int) else item.fileno()) for item in known)


def to_text(name: str, value: Any) -> str:
    """The text of one value; a TypeError for what has none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return format(value, "o") if TYPES.get(name) == "mode" else str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, (bytes, os.PathLike)):
        return os.fsdecode(value)
    if isinstance(value, (list, tuple, set, frozenset)) and TYPES.get(name, "list") == "list":
        return _listed(name, value if isinstance(value, (list, tuple)) else sorted(value))
    raise _wrong_type(name, value)


def packed(adjustments: dict[str, Any]) -> bytes:
    """All of them as the library wants them: name NUL text NUL. None leaves an option as it is, but for `ident`, which
    it makes empty."""
    pieces = []
    for name, value in adjustments.items():
        name = name.replace("-", "_")
        if value is None and name != "ident":
            continue
        text = _sockets(value) if name == "sockets" else to_text(name, "" if value is None else value)
        if name == "sockets" and not text:
            continue
        for part in (name, text):
            if "\0" in part:
                raise ValueError(f"{name} must not contain NUL")
            pieces.append(os.fsencode(part) + b"\0")
    return b"".join(pieces)
