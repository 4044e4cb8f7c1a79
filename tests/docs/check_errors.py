#!/usr/bin/env python3
"""Fails when docs/errors.md does not have the statuses of <wserve/status.h>, with their values and comments.

usage: check_errors.py SOURCE_FOLDER
"""
import pathlib
import re
import sys


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    header = (root / "include" / "wserve" / "status.h").read_text()
    body = re.search(r"typedef enum ws_status WS_INT_ENUM \{(.*?)\} ws_status;", header, re.S)[1]
    expected = {name: (value, " ".join((comment or "").split()))
                for name, value, comment in re.findall(r"(WS_\w+) = (-?\d+),?\s*(?:/\*\*<(.*?)\*/)?", body, re.S)}
    rows = re.findall(r"^\| `(WS_\w+)` \| (-?\d+) \| (.*?) \|", (root / "docs" / "errors.md").read_text(), re.M)
    found = {name: (value, text) for name, value, text in rows}
    problems = [f"docs/errors.md has no {name} {expected[name]}" for name in expected if name not in found]
    problems += [f"{name} is {expected.get(name)}, docs/errors.md has {found[name]}" for name in found
                 if name not in expected or expected[name][0] != found[name][0] or expected[name][1] not in ("", found[name][1])]
    print("\n".join(problems) or f"{len(found)} statuses")
    return 1 if problems or len(expected) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
