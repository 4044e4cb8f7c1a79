"""PasteDeploy's two kinds of servers."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from wserve.server import serve

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

__all__ = ["serve_factory", "serve_paste"]


def serve_paste(app: WSGIApplication, global_conf: dict[str, Any] | None, **adjustments: Any) -> int:
    """paste.server_runner, as in `use = egg:wserve#main`."""
    serve(app, **adjustments)
    return 0


def serve_factory(global_conf: dict[str, Any] | None, **adjustments: Any) -> Callable[[WSGIApplication], int]:
    """paste.server_factory, as in `use = egg:wserve#factory`."""

    def run(app: WSGIApplication) -> int:
        return serve_paste(app, global_conf, **adjustments)

    return run
