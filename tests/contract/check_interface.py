#!/usr/bin/env python3
"""Fails when the exported names, the version script, the headers and the tests do not agree, or a docstring lacks a
part.

usage: check_interface.py SOURCE_FOLDER LIBWSERVE_SO
"""
import pathlib
import re
import subprocess
import sys

# Every docstring has these, in this order; @param and @return where there is something to say.
PARTS = ("Threads:", "Since:", "Source:")


def exported_by(library):
    lines = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    names = {line.split()[2].split("@")[0] for line in lines}
    return names - {"WSERVE_1"}


def listed_in(version_script):
    return set(re.findall(r"^\s+(ws_\w+);", version_script.read_text(), re.M))


def declared_in(headers):
    """name -> (header, docstring, parameters)"""
    found = {}
    pattern = re.compile(r"/\*\*((?:(?!\*/).)*)\*/\s*WS_API\s([^;]*?)\b(ws_\w+)\(([^;]*)\);", re.S)
    for header in headers:
        text = header.read_text()
        for match in pattern.finditer(text):
            found[match.group(3)] = (header.name, match.group(1), match.group(4))
        bare = set(re.findall(r"WS_API[^;]*?\b(ws_\w+)\(", text)) - set(found)
        for name in bare:
            found[name] = (header.name, "", "")
    return found


def parameter_names(text):
    names = []
    for part in text.split(","):
        name = re.search(r"(\w+)\s*$", part.strip())
        if name and name.group(1) != "void":
            names.append(name.group(1))
    return names


def docstring_problems(name, header, text, parameters):
    where = f"{header}: {name}: "
    if not text:
        yield where + "no docstring"
        return
    position = -1
    for part in PARTS:
        found = re.search(rf"^ \* {part}  ", text, re.M)  # clang-format joins lines behind one that is too long
        at = found.start() if found else -1
        if at <= position:
            yield where + f"{part} is missing or out of place"
        position = at
    for parameter in parameter_names(parameters):
        if not re.search(rf"@param {parameter}\b", text):
            yield where + f"@param {parameter} is missing"


def main():
    root = pathlib.Path(sys.argv[1])
    exported = exported_by(sys.argv[2])
    listed = listed_in(root / "lib" / "wserve.map")
    declared = declared_in(sorted((root / "include" / "wserve").glob("*.h")))
    tests = "\n".join(p.read_text() for p in (root / "tests" / "api").glob("test_*.c"))

    problems = [f"exported, but not listed: {n}" for n in sorted(exported - listed)]
    problems += [f"listed, but not exported: {n}" for n in sorted(listed - exported)]
    problems += [f"listed, but not declared: {n}" for n in sorted(listed - set(declared))]
    problems += [f"declared, but not listed: {n}" for n in sorted(set(declared) - listed)]
    for name, (header, text, parameters) in sorted(declared.items()):
        problems += docstring_problems(name, header, text, parameters)
        if not re.search(rf"\b{name}\(", tests):
            problems.append(f"no test in tests/api calls {name}")
    print("\n".join(problems) or f"{len(declared)} functions: exported, declared, described, tested")
    return 1 if problems or len(declared) < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
