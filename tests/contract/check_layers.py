#!/usr/bin/env python3
"""Fails when a room of lib/, or a folder that is a room below it, includes one above it, or a third-party header outside its one room, or writes text of HTTP
outside http/.

usage: check_layers.py SOURCE_FOLDER
"""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "base": set(),
    "http": {"base"},
    "gateway": {"base", "http"},
    "app": {"base", "http", "gateway"},
    "form": {"base", "http", "gateway", "app"},
    "net/events": {"base", "gateway", "app"},
    "net/connection": {"base", "http", "gateway", "app", "net/events"},
    "net/listen": {"base", "http", "gateway", "app", "net/events", "net/connection"},
    "net/proxy_protocol": {"base", "http", "gateway", "app", "net/events", "net/connection"},
    "net": {"base", "http", "gateway", "app", "net/events", "net/connection", "net/listen", "net/proxy_protocol"},
    "observe": {"base", "http", "gateway", "app"},
    "server": {"base", "http", "gateway", "app", "net", "net/connection", "net/events", "net/listen", "observe"},
    "deploy": {"base", "http", "gateway", "app", "server"},
    "filters": set(),
    "capi": {"base", "gateway", "app", "form", "observe", "server", "deploy", "filters"},
}
# Third-party headers, and the one place that may name them.
ONLY_IN = {"http_parser.h": ("lib/http/framing_crosscheck.cc",), "event2/": ("lib/net/events/event.h",),
           "zlib.h": ("lib/filters/gzip_coder.cc",), "brotli/": ("lib/filters/brotli_coder.cc",)}
# The public headers are for the C interface, and for what stands on it.
PUBLIC_ONLY_IN = {"capi", "filters"}
# What a room must never touch.
FORBIDDEN = {
    "http": [r"<sys/socket\.h>", r"<thread>", r"<mutex>", r'"base/thread\.h"', r'"base/clock\.h"'],
    "gateway": [r"<sys/socket\.h>", r"<fcntl\.h>", r"<thread>", r"<mutex>"],
    "app": [r"<sys/socket\.h>", r"<netinet/"],
    "form": [r"<sys/socket\.h>", r"<thread>", r"<mutex>"],
    "observe": [r"<sys/socket\.h>"],
    "server": [r"<sys/socket\.h>"],
}
# The text of a message is written and read in http/ alone; the rooms above it know no line end and no version. The parts of a
# body, and the first line of a connection from a TCP proxy, have line ends like those of a message.
SPEAKS_HTTP = {"base", "http", "form", "net/proxy_protocol"}
WIRE_TEXT = re.compile(r'"(?:[^"\\]|\\.)*(?:\\r\\n|HTTP/1)')
# The program's locale decides how printf() writes the point of such a number.
FLOAT_TEXT = re.compile(r'"(?:[^"\\]|\\.)*%[-+ #0-9.*]*l?[aefg]', re.IGNORECASE)
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def room_of(name):
    """The room of a file, by its path below lib/: the folder in it where that is a room of its own."""
    folders = name.split("/")[:-1]
    inner = "/".join(folders[:2])
    return inner if inner in MAY_INCLUDE else folders[0]


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1), found.group(2)


def problems_of(root, path):
    name = path.relative_to(root).as_posix()
    room = room_of(path.relative_to(root / "lib").as_posix())
    if not path.read_text().startswith("// "):
        yield f"{name}:1: the first line does not say what lives here"
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if room not in SPEAKS_HTTP and WIRE_TEXT.search(line.split("//")[0]):
            yield f"{name}:{number}: the text of HTTP is written in http/ alone"
        if "printf(" in line and FLOAT_TEXT.search(line):
            yield f"{name}:{number}: the program's locale writes the point of this number"
    for number, mark, target in includes(path):
        where = f"{name}:{number}: "
        if mark == '"':
            other = room_of(target)
            if other not in MAY_INCLUDE:
                yield where + f'"{target}" is in no room'
            elif other != room and other not in MAY_INCLUDE[room]:
                yield where + f"{room} may not include {other}"
        elif target.startswith("wserve/") and room not in PUBLIC_ONLY_IN:
            yield where + "only capi and filters include the public headers"
        for prefix, owners in ONLY_IN.items():
            if target.startswith(prefix) and name not in owners:
                yield where + f"<{target}> may be named in {', '.join(owners)} only"
        for pattern in FORBIDDEN.get(room, []):
            if re.fullmatch(pattern, f'"{target}"' if mark == '"' else f"<{target}>") or (
                    pattern.endswith("/") and f"<{target}>".startswith(pattern)):
                yield where + f"{room} must never include {target}"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    files = sorted(p for p in (root / "lib").rglob("*") if p.suffix in (".h", ".cc"))
    problems = [p for path in files for p in problems_of(root, path)]
    print("\n".join(problems) or f"{len(files)} files keep to their layers")
    return 1 if problems or len(files) < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
