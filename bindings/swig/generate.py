#!/usr/bin/env python3
"""Writes the committed wrappers anew, with SWIG 4.1; with --check it only tells which of them differ. A SWIG of another
minor version writes something else: --check then compares only which functions are called. --compile tries whether a C
compiler takes what the SWIG that is here writes. --into puts it into a folder, as the build has it.

usage: generate.py [--check] LANGUAGE...
       generate.py --into FOLDER LANGUAGE
       generate.py --compile LANGUAGE COMPILER [FLAG...]
"""
import pathlib
import re
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


def minor_version(text):
    return re.search(r"[Vv]ersion (\d+\.\d+)", text).group(1)


def installed_version():
    return minor_version(subprocess.run(["swig", "-version"], check=True, capture_output=True, text=True).stdout)


def calls(content):
    return set(re.findall(rb"\b(ws_\w+)\(", content))


def is_current(path, content):
    """Whether a committed file holds what it should, as far as another version of SWIG can tell."""
    if not path.is_file():
        return False
    committed = path.read_bytes()
    if minor_version(committed.decode()) == installed_version():
        return committed == content
    return path.suffix != ".c" or calls(committed) == calls(content)


def compile_wrapper(language, compiler, *flags):
    folder_of_sources = (ROOT / WRAPPERS[language][2][0]).parent
    with tempfile.TemporaryDirectory() as folder:
        generated(language, pathlib.Path(folder))
        c_file = pathlib.Path(folder) / pathlib.Path(WRAPPERS[language][2][0]).name
        return subprocess.run([compiler, "-c", "-w", "-o", c_file.with_suffix(".o"), f"-I{ROOT / 'include'}",
                               f"-I{folder_of_sources}", *flags, c_file], check=False).returncode


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["--compile"]:
        return compile_wrapper(*arguments[1:])
    if arguments[:1] == ["--into"]:
        generated(arguments[2], pathlib.Path(arguments[1]))
        return 0
    is_check = arguments[:1] == ["--check"]
    stale = []
    for language in arguments[is_check:]:
        with tempfile.TemporaryDirectory() as folder:
            files = generated(language, pathlib.Path(folder))
        for name, content in files.items():
            path = ROOT / name
            if is_check and is_current(path, content):
                continue
            if not is_check and path.is_file() and path.read_bytes() == content:
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
