"""The numbers that Server.stat() knows, described."""
from __future__ import annotations

from typing import NamedTuple

from wserve import _native

__all__ = ["Stat", "stats"]


class Stat(NamedTuple):
    """One number of a server, described by the library."""

    name: str
    metric: str
    labels: str
    type: str
    unit: str
    help: str
    since: str


def stats() -> list[Stat]:
    """Every number, in the order of the manual."""
    return [Stat(*row) for row in _native.stats()]
