#!/usr/bin/env python3
"""Fails when docs/options.md does not have the option table that the library has. With --write it is written anew.

usage: check_options.py SOURCE_FOLDER PRINT_OPTIONS_PROGRAM [--write]
"""
import pathlib
import subprocess
import sys

BEGIN = "<!-- The table below is written by tools/update_options.sh. -->\n"
END = "<!-- End of the table. -->\n"


def main():
    document = pathlib.Path(sys.argv[1]) / "docs" / "options.md"
    table = subprocess.run([sys.argv[2]], check=True, capture_output=True, text=True).stdout
    text = document.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    expected = before + BEGIN + table + END + after
    if len(sys.argv) > 3:
        document.write_text(expected)
    elif text != expected:
        print("docs/options.md is behind the option table: run tools/update_options.sh")
        return 1
    print(f"{table.count(chr(10)) - 2} options are documented")
    return 0


if __name__ == "__main__":
    sys.exit(main())
