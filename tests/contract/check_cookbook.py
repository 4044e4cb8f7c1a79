#!/usr/bin/env python3
"""Fails when a document shows a file of examples/ other than it is. With --write it is shown anew.

A file is shown in the block behind a line "<!-- examples/proxies/nginx.conf -->"; each file of examples/proxies/ must be.

usage: check_cookbook.py SOURCE_FOLDER [--write]
"""
import pathlib
import re
import sys

SHOWN = re.compile(r"(<!-- (examples/\S+) -->\n```\w*\n).*?(^```$)", re.DOTALL | re.MULTILINE)


def main():
    root = pathlib.Path(sys.argv[1])
    document = root / "docs" / "reverse-proxy.md"
    text = document.read_text()
    expected = SHOWN.sub(lambda shown: shown[1] + (root / shown[2]).read_text() + shown[3], text)
    if len(sys.argv) > 2:
        document.write_text(expected)
    elif text != expected:
        print("docs/reverse-proxy.md is behind examples/: run tests/contract/check_cookbook.py . --write")
        return 1
    names = {shown[1] for shown in SHOWN.findall(expected)}
    files = {str(path.relative_to(root)) for path in (root / "examples/proxies").rglob("*") if path.is_file()}
    for missing in sorted(files - names):
        print(f"docs/reverse-proxy.md does not show {missing}")
    print(f"{len(names)} files are shown")
    return 1 if files - names else 0


if __name__ == "__main__":
    sys.exit(main())
