#!/usr/bin/env python3
"""Fails when a file has another version than CMakeLists.txt, or when a version node of the library is unknown to Debian's
packages, which then could not say what they need.

usage: check_versions.py SOURCE_FOLDER
"""
import pathlib
import re
import sys

# Each file that has the version, and where in it.
PLACES = {
    "include/wserve/status.h": r'^#define WS_VERSION_TEXT "(.*)"',
    "bindings/python/pyproject.toml": r'^version = "(.*)"',
    "bindings/ruby/lib/wserve/gem_version.rb": r'VERSION = "(.*?)"',
    "bindings/lua/wserve-*.rockspec": r'^version = "(.*)-\d+"',
    "debian/changelog": r"\Alibwserve \((.*?)\)",
    "CHANGELOG.md": r"^## (\S+)",
    "README.md": r"wserve@v([\d.]+) ",
    "docs/packages.md": r"wserve@v([\d.]+) ",
    "docs/tutorial/go.md": r"wserve@v([\d.]+) ",
}


def main():
    root = pathlib.Path(sys.argv[1])
    version = re.search(r"^project\(wserve VERSION (\S+)", (root / "CMakeLists.txt").read_text(), re.M).group(1)
    problems = []
    for pattern, where in PLACES.items():
        files = list(root.glob(pattern))
        if len(files) != 1:
            problems.append(f"{pattern}: there are {len(files)}")
            continue
        found = re.search(where, files[0].read_text(), re.M)
        if not found or found.group(1) != version:
            problems.append(f"{files[0].relative_to(root)} has {found.group(1) if found else 'no version'}, not {version}")

    nodes = set(re.findall(r"^(\w+) \{", (root / "lib" / "wserve.map").read_text(), re.M))
    known = set(re.findall(r"^ \(symver\)(\w+) ", (root / "debian" / "libwserve1.symbols").read_text(), re.M))
    problems += [f"debian/libwserve1.symbols has no {node}" for node in sorted(nodes - known)]
    problems += [f"lib/wserve.map has no {node}" for node in sorted(known - nodes)]
    print("\n".join(problems) or f"{len(PLACES)} files have {version}, {len(nodes)} node is known")
    return 1 if problems or not nodes else 0


if __name__ == "__main__":
    sys.exit(main())
