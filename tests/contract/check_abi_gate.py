#!/usr/bin/env python3
"""Builds small libraries that differ, as a library's next release may, and fails when tools/abi_check.sh lets pass what breaks
programs, or stops what does not.

usage: check_abi_gate.py SOURCE_FOLDER C_COMPILER
"""
import pathlib
import subprocess
import sys
import tempfile

HEADER = """enum color { RED, GREEN };
typedef struct thing thing;
struct pair { int first; int second; };
enum color thing_color(thing *one, int number);
int thing_size(const thing *one, const struct pair *two);
"""
SOURCE = """#include "thing.h"
struct thing { int secret; };
enum color thing_color(thing *one, int number) { return (enum color)(one->secret + number); }
int thing_size(const thing *one, const struct pair *two) { return one->secret + two->second; }
"""
NODES = "THING_1 { global: thing_color; thing_size; local: *; };\n"
NEW_FUNCTION = "int thing_new(void) { return 1; }\n"

# What is different (file, old, new), the version, and whether programs of 1.0.0 can use it.
CASES = {
    "nothing": ([], "1.1.0", True),
    "a removed symbol": ([("thing.map", " thing_size;", "")], "1.1.0", False),
    "a removed symbol before the first release": ([("thing.map", " thing_size;", "")], "1.0.0", False),
    "a parameter's type": ([("thing.h", "int number", "long number"), ("thing.c", "int number", "long number")], "1.1.0",
                           False),
    "a new parameter": ([("thing.h", "int number", "int number, int more"),
                         ("thing.c", "int number", "int number, int more")], "1.1.0", False),
    "a public structure": ([("thing.h", "int first;", "int zeroth; int first;")], "1.1.0", False),
    "another value of a constant": ([("thing.h", "{ RED", "{ BLUE, RED")], "1.1.0", False),
    "a symbol in another node": ([("thing.map", NODES, "THING_1 { global: thing_color; local: *; };\n"
                                   "THING_2 { global: thing_size; };\n")], "1.1.0", False),
    "a new symbol in an old node": ([("thing.c", SOURCE, SOURCE + NEW_FUNCTION),
                                     ("thing.map", "thing_size;", "thing_size; thing_new;")], "1.1.0", False),
    "a new symbol before the first release": ([("thing.c", SOURCE, SOURCE + NEW_FUNCTION),
                                               ("thing.map", "thing_size;", "thing_size; thing_new;")], "1.0.0", True),
    "a new symbol in a new node": ([("thing.c", SOURCE, SOURCE + NEW_FUNCTION),
                                    ("thing.map", NODES, NODES + "THING_2 { global: thing_new; } THING_1;\n")], "1.1.0", True),
    "a new constant at the end": ([("thing.h", "GREEN }", "GREEN, BLUE }")], "1.1.0", True),
    "the inside of an opaque type": ([("thing.c", "int secret;", "long before; int secret;")], "1.1.0", True),
    "a removed symbol, and another soname": ([("thing.map", " thing_size;", ""), ("soname", "so.1", "so.2")], "2.0.0", True),
    "an older soname": ([("soname", "so.1", "so.0")], "1.1.0", False),
}


def build(folder, compiler, changes, debug="-g"):
    texts = {"thing.h": HEADER, "thing.c": SOURCE, "thing.map": NODES, "soname": "libthing.so.1"}
    for name, old, new in changes:
        if old not in texts[name]:
            sys.exit(f"{name} has no {old!r}")
        texts[name] = texts[name].replace(old, new, 1)
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text)
    library = folder / "libthing.so"
    subprocess.run([compiler, debug, "-shared", "-fPIC", f"-Wl,-soname,{texts['soname']}", "-Wl,--version-script=thing.map",
                    "-o", library, "thing.c"], cwd=folder, check=True)
    return library


def gate(root, described, library, *arguments):
    return subprocess.run([root / "tools" / "abi_check.sh", *arguments, "--folder", described, "--headers", library.parent,
                           library], capture_output=True, text=True)


def main():
    root, compiler = pathlib.Path(sys.argv[1]), sys.argv[2]
    problems = []
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        described = place / "described"
        described.mkdir()
        (described / "0.9.0.abi").write_text("an older one, which goes")
        written = gate(root, described, build(place / "old", compiler, []), "--write", "--version", "1.0.0")
        if written.returncode != 0 or [path.name for path in described.iterdir()] != ["1.0.0.abi"]:
            sys.exit(f"--write: {written.stdout}{written.stderr}")
        for number, (what, (changes, version, is_good)) in enumerate(CASES.items()):
            library = build(place / str(number), compiler, changes)
            result = gate(root, described, library, "--version", version)
            if (result.returncode == 0) != is_good:
                problems.append(f"{what}: ended with {result.returncode}\n{result.stdout}{result.stderr}")
        # Without types only names could be compared.
        bare = gate(root, described, build(place / "bare", compiler, [], "-g0"), "--version", "1.1.0")
        if bare.returncode == 0 or "debug information" not in bare.stderr:
            problems.append(f"no debug information: {bare.returncode}\n{bare.stdout}{bare.stderr}")
    print("\n".join(problems) or f"{len(CASES)} libraries were told apart")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
