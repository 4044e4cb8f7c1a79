#!/usr/bin/env python3
"""Fails when a binding leaves an exported function out that ignore.txt gives no reason for, or when ignore.txt names
one that is called.

usage: check_coverage.py SOURCE_FOLDER LANGUAGE
"""
import pathlib
import re
import sys

SOURCES = (".c", ".h", ".go")


def exported(root):
    return set(re.findall(r"^\s+(ws_\w+);", (root / "lib" / "wserve.map").read_text(), re.M))


def ignored(path, language):
    """name -> reason, for this language"""
    found = {}
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, reason = re.fullmatch(r"(ws_\w+)\s{2,}(\S.*)", line).groups()
        only = re.match(r"(ruby|lua|go|python|cpp): ", reason)
        if not only or only.group(1) == language:
            found[name] = reason
    return found


def called(folder, suffixes):
    names = set()
    for path in folder.rglob("*"):
        if path.suffix in suffixes:
            names |= set(re.findall(r"\b(ws_\w+)\s*\(", path.read_text()))
    return names


def main():
    root, language = pathlib.Path(sys.argv[1]), sys.argv[2]
    functions = exported(root)
    reasons = ignored(root / "bindings" / "swig" / "ignore.txt", language)
    calls = called(root / "include", {".hpp"}) if language == "cpp" else called(root / "bindings" / language, SOURCES)
    problems = [f"neither called nor in ignore.txt: {n}" for n in sorted(functions - calls - set(reasons))]
    # What no language can have, C++ may have.
    needless = set() if language == "cpp" else calls & set(reasons)
    problems += [f"in ignore.txt, but called: {n}" for n in sorted(needless)]
    problems += [f"in ignore.txt, but not exported: {n}" for n in sorted(set(reasons) - functions)]
    print("\n".join(problems) or f"{language}: {len(functions & calls)} functions called, {len(reasons)} ignored")
    return 1 if problems or len(functions & calls) < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
