#!/usr/bin/env python3
"""Compiles each public header alone, as strict C99, C11 and C++, and the C++ ones as C++17.

usage: check_headers.py SOURCE_FOLDER C_COMPILER CXX_COMPILER
"""
import pathlib
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-pedantic-errors", "-Werror", "-Wundef", "-Wshadow"]


def compile_alone(compiler, standard, header, root):
    language = "c++" if "++" in standard else "c"
    source = f"#include <wserve/{header.name}>\n#include <wserve/{header.name}>\nint x;\n"
    command = [compiler, f"-std={standard}", "-x", language, "-fsyntax-only", "-I", str(root / "include"),
               *WARNINGS, "-"]
    result = subprocess.run(command, input=source, capture_output=True, text=True)
    if result.returncode != 0:
        return [f"{header.name} as {standard}:\n{result.stderr}"]
    return []


def main():
    root, cc, cxx = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    headers = sorted((root / "include" / "wserve").glob("*.h"))
    problems = []
    for header in headers:
        for standard in ("c99", "c11"):
            problems += compile_alone(cc, standard, header, root)
        for standard in ("c++11", "c++20"):
            problems += compile_alone(cxx, standard, header, root)
    for header in sorted((root / "include" / "wserve").glob("*.hpp")):
        for standard in ("c++17", "c++20"):
            problems += compile_alone(cxx, standard, header, root)
    print("\n".join(problems) or f"{len(headers)} headers compile alone")
    return 1 if problems or len(headers) < 6 else 0


if __name__ == "__main__":
    sys.exit(main())
