#!/usr/bin/env python3
"""Runs the cluster test and writes its figures into docs/cluster.md. Needs a build: cmake --build --preset dev"""
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEGIN = "<!-- The table below is written by tools/update_cluster.py. -->\n"
END = "<!-- End of the table. -->\n"
HEAD = "| balancer | what happens | answered | GET failed | POST failed |\n|---|---|---|---|---|\n"


def main():
    said = subprocess.run([ROOT / "build/dev/tests/cluster/test_cluster_all"],
                          check=True, capture_output=True, text=True).stdout
    rows = "".join(line + "\n" for line in said.splitlines() if line.startswith("| "))
    document = ROOT / "docs/cluster.md"
    before, rest = document.read_text().split(BEGIN)
    document.write_text(before + BEGIN + HEAD + rows + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
