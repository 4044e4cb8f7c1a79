#!/usr/bin/env python3
"""Fails when a test cannot: cmocka prints what fails in a group's teardown, and ends with 0.

usage: check_tests.py SOURCE_FOLDER
"""
import pathlib
import re
import sys

GROUP = re.compile(r"_?cmocka_run_group_tests(?:_name)?\(\s*([^;]*?)\)\s*;", re.S)


def main():
    root = pathlib.Path(sys.argv[1])
    groups = 0
    faults = []
    for path in sorted([*root.glob("tests/**/*.c"), *root.glob("tests/**/*.cc")]):
        for found in GROUP.finditer(path.read_text()):
            groups += 1
            teardown = found.group(1).split(",")[-1].strip()
            if teardown not in ("NULL", "nullptr"):
                faults.append(f"{path.relative_to(root)}: {teardown}() is a teardown of the group: make it the last test")
    if groups < 80:
        faults.append(f"only {groups} groups of tests were found")
    print("\n".join(faults) if faults else f"{groups} groups of tests, none with a teardown")
    return 1 if faults else 0


sys.exit(main())
