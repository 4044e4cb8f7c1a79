#!/usr/bin/env python3
"""Writes the committed wrappers anew, with SWIG 4.1; with --check it only tells which of them differ.

usage: generate.py [--check] LANGUAGE...
"""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# language -> SWIG's flags, the interface, and the files that come of it (the C file first)
WRAPPERS = {
    "ruby": (["-ruby"], "bindings/ruby/native.i", ["bindings/ruby/ext/wserve/native_wrap.c"]),
    "lua": (["-lua", "-nomoduleglobal", "-no-old-metatable-bindings"], "bindings/lua/core.i",
            ["bindings/lua/core_wrap.c"]),
    # Without -intgosize one file fits 32 and 64 bits.
    "go": (["-go", "-cgo"], "bindings/go/core.i",
           ["bindings/go/internal/core/core_wrap.c", "bindings/go/internal/core/core.go"]),
}


def generated(language, folder):
    """name of a committed file -> what it should hold"""
    flags, interface, outputs = WRAPPERS[language]
    c_file = folder / pathlib.Path(outputs[0]).name
    # Run from the top with relative paths: no machine's folders get into the result.
    subprocess.run(["swig", *flags, "-Wall", "-Werror", "-Iinclude", "-Ibindings/swig",
                    "-outdir", str(folder), "-o", str(c_file), interface], check=True, cwd=ROOT)
    return {name: (folder / pathlib.Path(name).name).read_bytes() for name in outputs}


def main():
    arguments = sys.argv[1:]
    is_check = arguments[:1] == ["--check"]
    stale = []
    for language in arguments[is_check:]:
        with tempfile.TemporaryDirectory() as folder:
            files = generated(language, pathlib.Path(folder))
        for name, content in files.items():
            path = ROOT / name
            if path.is_file() and path.read_bytes() == content:
                continue
            stale.append(name)
            if not is_check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    for name in stale:
        print(f"{name}: {'differs: run bindings/swig/generate.py' if is_check else 'written'}")
    return 1 if is_check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
