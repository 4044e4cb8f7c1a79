"""PasteDeploy's two kinds of servers."""
from __future__ import annotations

from typing import Any, Callable

from wserve.server import serve

__all__ = ["serve_factory", "serve_paste"]


def serve_paste(app: Callable, global_conf: dict[str, Any] | None, **adjustments: Any) -> int:
    """paste.server_runner, as in `use = egg:wserve#main`."""
    serve(app, **adjustments)
    return 0


def serve_factory(global_conf: dict[str, Any] | None, **adjustments: Any) -> Callable[[Callable], int]:
    """paste.server_factory, as in `use = egg:wserve#factory`."""

    def run(app: Callable) -> int:
        return serve_paste(app, global_conf, **adjustments)

    return run
