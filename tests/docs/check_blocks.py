#!/usr/bin/env python3
"""Compiles, runs or reads every block of code in README.md, CONTRIBUTING.md, CHANGELOG.md and docs/, by the rule of its language
(rules.py). A block behind "<!-- PATH/OF/A/FILE -->" shows that file, which has tests of its own, and must be like it. A block is
no whole program when it stands behind "<!-- check: in function -->"; "<!-- check: serves /PATH TEXT -->" starts it and asks.
A language without a rule is a mistake; no block is passed over.

usage: check_blocks.py SOURCE_FOLDER BUILD_FOLDER [DOCUMENT...]
"""
import collections
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True

import blocks
import rules


def check(block: blocks.Block, by: rules.Rules) -> None:
    if block.shown:
        file = by.root / block.shown
        assert file.is_file(), f"there is no {block.shown}"
        assert block.text == file.read_text(), f"is not like {block.shown}"
        return
    rule = getattr(by, block.language, None) if block.language and not block.language.startswith("_") else None
    assert rule and block.language not in ("run", "keep", "wrapped"), f'no rule for the language "{block.language}"'
    rule(block)


def main() -> int:
    root, build = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    documents = sys.argv[3:] or blocks.documents(root)
    counted: collections.Counter = collections.Counter()
    problems = []
    for document in documents:
        with tempfile.TemporaryDirectory() as place:
            by = rules.Rules(root, build, pathlib.Path(place))
            for block in blocks.read(root, document):
                counted["shown files" if block.shown else block.language] += 1
                try:
                    check(block, by)
                except (AssertionError, SyntaxError, KeyError) as problem:
                    problems.append(f"{block.place}: {problem!s}")
    print("\n".join(problems) or ", ".join(f"{language}: {count}" for language, count in sorted(counted.items())))
    return 1 if problems or not counted else 0


if __name__ == "__main__":
    sys.exit(main())
