#!/usr/bin/env python3
"""Fails when a document does not have the table that the library has. With --write it is written anew.

usage: check_tables.py SOURCE_FOLDER DOCUMENT PRINT_PROGRAM [--write]
"""
import pathlib
import subprocess
import sys

BEGIN = "<!-- The table below is written by tools/update_options.sh. -->\n"
END = "<!-- End of the table. -->\n"


def main():
    document = pathlib.Path(sys.argv[1]) / "docs" / sys.argv[2]
    table = subprocess.run([sys.argv[3]], check=True, capture_output=True, text=True).stdout
    text = document.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    expected = before + BEGIN + table + END + after
    if len(sys.argv) > 4:
        document.write_text(expected)
    elif text != expected:
        print(f"docs/{sys.argv[2]} is behind the library's table: run tools/update_options.sh")
        return 1
    print(f"docs/{sys.argv[2]}: {table.count(chr(10))} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
