#!/usr/bin/env python3
"""Fails when docs/reverse-proxy.md shows a file of examples/ other than it is, does not show one of examples/proxies/, or
shows another output of a command than it has. With --write files and outputs are shown anew.

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


def main():
    root = pathlib.Path(sys.argv[1])
    wserve = pathlib.Path(sys.argv[2]).resolve()
    document = root / "docs" / "reverse-proxy.md"
    text = document.read_text()
    expected = FILE.sub(lambda shown: shown[1] + (root / shown[2]).read_text() + shown[3], text)
    expected = COMMAND.sub(lambda shown: shown[1] + output_of(shown[2], wserve) + shown[3], expected)
    if len(sys.argv) > 3:
        document.write_text(expected)
    elif text != expected:
        print("docs/reverse-proxy.md is behind: run tests/contract/check_cookbook.py . build/dev/bin/wserve --write")
        return 1
    names = {shown[1] for shown in FILE.findall(expected)}
    files = {str(path.relative_to(root)) for path in (root / "examples/proxies").rglob("*") if path.is_file()}
    for missing in sorted(files - names):
        print(f"docs/reverse-proxy.md does not show {missing}")
    print(f"{len(names)} files and {len(COMMAND.findall(expected))} commands are shown")
    return 1 if files - names else 0


if __name__ == "__main__":
    sys.exit(main())
