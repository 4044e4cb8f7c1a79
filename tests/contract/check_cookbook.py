#!/usr/bin/env python3
"""Fails when a document shows a file of examples/ other than it is, or another output of a command than it has, or when
docs/reverse-proxy.md does not show one of examples/proxies/. With --write files and outputs are shown anew.

A file is shown in the block behind a line "<!-- examples/proxies/nginx.conf -->"; a "console" block is a command of wserve
behind "$ ", lines that end with a backslash going on, and its output.

usage: check_cookbook.py SOURCE_FOLDER WSERVE [--write]
"""
import os
import pathlib
import re
import subprocess
import sys

FILE = re.compile(r"(<!-- (examples/\S+) -->\n```\w*\n).*?(^```$)", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"(^```console\n\$ ((?:[^\n]*\\\n)*[^\n]*\n)).*?(^```$)", re.DOTALL | re.MULTILINE)


def output_of(command, wserve):
    path = f"{wserve.parent}:{os.environ['PATH']}"
    return subprocess.run(["sh", "-ec", command], check=True, capture_output=True, text=True,
                          env={**os.environ, "PATH": path}).stdout


def check_document(root, name, wserve, is_written):
    """The files that it shows; None when it is behind."""
    document = root / "docs" / name
    text = document.read_text()
    expected = FILE.sub(lambda shown: shown[1] + (root / shown[2]).read_text() + shown[3], text)
    expected = COMMAND.sub(lambda shown: shown[1] + output_of(shown[2], wserve) + shown[3], expected)
    if is_written:
        document.write_text(expected)
    elif text != expected:
        print(f"docs/{name} is behind: run tests/contract/check_cookbook.py . build/dev/bin/wserve --write")
        return None
    names = {shown[1] for shown in FILE.findall(expected)}
    print(f"docs/{name}: {len(names)} files and {len(COMMAND.findall(expected))} commands are shown")
    return names


def main():
    root = pathlib.Path(sys.argv[1])
    wserve = pathlib.Path(sys.argv[2]).resolve()
    shown = [check_document(root, name, wserve, len(sys.argv) > 3) for name in ("reverse-proxy.md", "operations.md")]
    if None in shown:
        return 1
    files = {str(path.relative_to(root)) for path in (root / "examples/proxies").rglob("*") if path.is_file()}
    for missing in sorted(files - shown[0]):
        print(f"docs/reverse-proxy.md does not show {missing}")
    return 1 if files - shown[0] else 0


if __name__ == "__main__":
    sys.exit(main())
