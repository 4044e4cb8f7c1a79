"""libwserve for Python: a WSGI server whose connections, threads and limits are a library's.

    from wserve import serve
    serve(app, listen="127.0.0.1:8080", threads=4)

Options are Waitress's adjustments, and more: see options(). What is not understood is a ValueError.
"""
from wserve._native import ClientDisconnected, HopByHopError, Request, StateError
from wserve._native import version as _version
from wserve.client_gone import when_gone
from wserve.options import Option, options
from wserve.paste import serve_factory, serve_paste
from wserve.server import Server, create_server, serve
from wserve.sockets import detach
from wserve.stats import Stat, stats

__version__ = _version()
__all__ = ["ClientDisconnected", "HopByHopError", "Option", "Request", "Server", "Stat", "StateError",
           "create_server", "detach", "options", "serve", "serve_factory", "serve_paste", "stats", "when_gone"]
