#!/usr/bin/env python3
"""Counts the instructions of the hot path's parts with callgrind, which does not jitter, and fails when one takes
over 5 % more than bench/baseline.txt says. With --write the baseline is written anew.

usage: check_instructions.py MICRO_PROGRAM BASELINE [--write]
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROUNDS = 200  # as in micro.cc
TOLERANCE = 0.05


def count(program):
    """{case: instructions of one round}"""
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is missing (Debian: apt-get install valgrind)")
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "dump"
        run = ["valgrind", "--tool=callgrind", "--quiet", f"--callgrind-out-file={out}", program]
        subprocess.run(run, check=True, timeout=240)
        for dump in pathlib.Path(folder).iterdir():
            text = dump.read_text()
            name = re.search(r"^desc: Trigger: Client Request: (.*)$", text, re.MULTILINE)
            if name:
                counts[name.group(1)] = int(re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE).group(1)) // ROUNDS
    return counts


def read_baseline(path):
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {name: int(number) for number, name in (line.split(None, 1) for line in lines)}


def write_baseline(path, counts):
    lines = ["# Instructions of one round of each case in micro.cc, RelWithDebInfo; written by check_instructions.py.\n"]
    lines += [f"{number:8}  {name}\n" for name, number in sorted(counts.items())]
    path.write_text("".join(lines))


def problems(counts, baseline):
    for name in sorted(counts.keys() | baseline.keys()):
        if name not in counts or name not in baseline:
            yield f"{name}: only in {'the baseline' if name in baseline else 'micro.cc'}"
        elif counts[name] > baseline[name] * (1 + TOLERANCE):
            yield f"{name}: {counts[name]} instructions, the baseline says {baseline[name]}"


def describe(counts, baseline):
    return "\n".join(f"{counts[name]:8} of {baseline[name]:8}  {name}" for name in sorted(counts))


def main():
    path = pathlib.Path(sys.argv[2])
    counts = count(sys.argv[1])
    if len(sys.argv) > 3:
        write_baseline(path, counts)
        return 0
    baseline = read_baseline(path)
    found = list(problems(counts, baseline))
    if found:
        print("\n".join(found))
        print(f"If the price is right, write the baseline anew: {' '.join(sys.argv)} --write")
        return 1
    print(describe(counts, baseline))
    return 0


if __name__ == "__main__":
    sys.exit(main())
