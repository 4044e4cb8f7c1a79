#!/usr/bin/env python3
"""Fails when a link of a document leads to a file, or to a heading, that there is not.

usage: check_links.py SOURCE_FOLDER
"""
import pathlib
import re
import sys

sys.dont_write_bytecode = True

import blocks

LINK = re.compile(r"\]\(([^)\s]+)\)")
MADE = re.compile(r"^(?:\.\./)?(?:commands|reference)/")  # pages that tools/manual/make_html.py makes


def without_code(text: str) -> str:
    return re.sub(r"^( *)(`{3,}).*?^\1\2$|`[^`\n]+`", "", text, flags=re.S | re.M)


def anchors(path: pathlib.Path) -> set[str]:
    """As GitHub names headings."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.S | re.M), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def main() -> int:
    root = pathlib.Path(sys.argv[1]).resolve()
    problems, count = [], 0
    for name in blocks.documents(root):
        document = root / name
        for link in LINK.findall(without_code(document.read_text())):
            count += 1
            if re.match(r"https?:", link) or MADE.match(link):
                continue
            path, _, fragment = link.partition("#")
            target = (document.parent / path).resolve() if path else document
            if not target.exists():
                problems.append(f"{name}: there is no {link}")
            elif fragment and target.suffix == ".md" and fragment not in anchors(target):
                problems.append(f"{name}: no heading for {link}")
    print("\n".join(problems) or f"{count} links")
    return 1 if problems or count < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
