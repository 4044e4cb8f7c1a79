"""wserve-serve: serves an application that is named on the command line, with the grammar of waitress-serve."""
from __future__ import annotations

import contextlib
import difflib
import getopt
import importlib
import logging
import os
import sys
import textwrap
import traceback
from typing import Any, Callable, Iterator, TextIO

from wserve.log_relay import logger
from wserve.options import Option, options
from wserve.reload import run_with_reload
from wserve.server import Server, check, create_server, serve

__all__ = ["main", "run"]

USAGE = """\
Usage:

    {0} [OPTS] [MODULE:OBJECT]

Standard options:

    -h, --help
        Show this information.

    --version
        Show the version.

    --check
        Import the application and check the options and what they need, but do not serve.

    --call
        Call the given object to get the WSGI application.

    --app=MODULE:OBJECT
        The WSGI application, in place of the word behind the options.

    --reload
        For developers: start again when a file of the program has changed.

Options of the server (those that are on or off have a --no- form):
"""


class UsageError(Exception):
    """What the command line says cannot be done."""


class _Line:
    """What the command line says."""

    def __init__(self) -> None:
        self.settings: dict[str, str] = {}
        self.flags: set[str] = set()
        self.app: str | None = None


FLAGS = ("help", "version", "check", "call", "reload")


def _long_options(table: list[Option]) -> list[str]:
    known = [*FLAGS, "app="]
    for option in table:
        dashed = option.name.replace("_", "-")
        known += [dashed, f"no-{dashed}"] if option.type == "bool" else [f"{dashed}="]
    return known


def parse(words: list[str]) -> _Line:
    """Options up to the first word that is none; each value as text. A getopt.GetoptError, or a UsageError."""
    table = options()
    bools = {option.name for option in table if option.type == "bool"}
    found, rest = getopt.getopt(words, "h", _long_options(table))
    line = _Line()
    for flag, value in found:
        name = "help" if flag == "-h" else flag[2:].replace("-", "_")
        if name in FLAGS:
            line.flags.add(name)
        elif name == "app":
            line.app = value
        elif name in bools:
            line.settings[name] = "true"
        elif name.startswith("no_") and name[3:] in bools:
            line.settings[name[3:]] = "false"
        elif name == "listen":
            line.settings[name] = f"{line.settings.get(name, '')} {value}".strip()
        else:
            line.settings[name] = value
    if rest and line.app is not None or len(rest) > 1:
        raise UsageError("Provide only one WSGI app")
    line.app = line.app if line.app is not None else (rest[0] if rest else None)
    return line


def resolve(name: str) -> Any:
    """"pkg.mod:obj.attr", or "pkg.mod.obj"."""
    module_name, colon, object_name = name.partition(":")
    if not colon:
        module_name, _, object_name = name.rpartition(".")
    if not module_name or not object_name:
        raise ValueError(f"Malformed application '{name}'")
    found = importlib.import_module(module_name)
    for attribute in object_name.split("."):
        found = getattr(found, attribute)
    return found


def show_help(stream: TextIO, program: str) -> None:
    print(USAGE.format(program), file=stream)
    for option in options():
        dashed = option.name.replace("_", "-")
        name = f"--[no-]{dashed}" if option.type == "bool" else f"--{dashed}={option.type.upper()}"
        default = f" Default is '{option.default}'." if option.default else ""
        print(f"    {name}", file=stream)
        print(textwrap.fill(option.help + default, 78, initial_indent=" " * 8, subsequent_indent=" " * 8) + "\n",
              file=stream)


def _meant(error: object) -> str:
    """The option that an unknown one is nearest to, or the two forms of one that is on or off."""
    word = getattr(error, "opt", "")
    known = [name.rstrip("=") for name in _long_options(options())]
    if "must not have an argument" in str(error) and f"no-{word}" in known:
        return f"; say --{word} or --no-{word}"
    near = difflib.get_close_matches(word.replace("_", "-"), known, 1) if "not recognized" in str(error) else []
    return f"; did you mean --{near[0]}?" if near else ""


def _show_mistake(program: str, mistake: str) -> None:
    """In front of the help, as waitress-serve, and behind it, where it is seen."""
    print(f"Error: {mistake}\n", file=sys.stderr)
    show_help(sys.stderr, program)
    print(f"Error: {mistake}", file=sys.stderr)


@contextlib.contextmanager
def _mistakes() -> Iterator[None]:
    """What cannot be served so is a mistake of the command line, and needs no traceback."""
    try:
        yield
    except (ValueError, TypeError, OSError) as error:
        raise UsageError(error) from error


def _serve_or_say(app: Any, **adjustments: Any) -> None:
    """As serve()."""
    def create(*args: Any, **more: Any) -> Server:
        with _mistakes():
            return create_server(*args, **more)
    serve(app, _server=create, **adjustments)


def _check_or_say(app: Any, **adjustments: Any) -> None:
    logging.basicConfig()
    with _mistakes():
        check(app, **adjustments)


def run(argv: list[str] | None = None, _serve: Callable[..., Any] = _serve_or_say) -> int:
    """Runs the command; its exit status."""
    argv = sys.argv if argv is None else argv
    program = os.path.basename(argv[0]).replace("__main__.py", "python -m wserve")
    try:
        line = parse(argv[1:])
        if not line.flags & {"help", "version"} and line.app is None:
            raise UsageError("Specify an application")
    except (getopt.GetoptError, UsageError) as error:
        _show_mistake(program, f"{error}{_meant(error)}")
        return 1
    if "help" in line.flags:
        show_help(sys.stdout, program)
        return 0
    if "version" in line.flags:
        print(f"wserve {importlib.import_module('wserve').__version__}")
        return 0
    if "check" in line.flags:
        status = _serve_named(program, line, _check_or_say)
        if status == 0:
            print(f"{line.app} can be served")
        return status
    if "reload" in line.flags:
        return run_with_reload(lambda: _serve_named(program, line, _serve))
    return _serve_named(program, line, _serve)


def _serve_named(program: str, line: _Line, _serve: Callable[..., Any]) -> int:
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
    try:
        sys.path.append(os.getcwd())
        application = resolve(line.app or "")
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        _show_mistake(program, f"Cannot import WSGI application '{line.app}': {error}")
        traceback.print_exc(file=sys.stderr)
        return 1
    if "call" in line.flags:
        application = application()
    try:
        _serve(application, **line.settings)
    except UsageError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def main() -> None:
    """The console script."""
    try:
        status = run()
        sys.stdout.flush()
    except BrokenPipeError:  # of --help | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)
