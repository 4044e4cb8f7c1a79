#!/usr/bin/env python3
"""Writes the manual pages and the completion of shells: from the option table, the public headers, and the pages in docs/man/.
$SOURCE_DATE_EPOCH is the date that the pages have, else it is today.

usage: make_manual.py SOURCE_FOLDER OUTPUT_FOLDER VERSION
"""
import os
import pathlib
import shutil
import sys
import time

sys.dont_write_bytecode = True

import completion
import headers
import mdoc
import pages
import tables

# The headers in the order in which one reads about them.
READING_ORDER = ("server.h", "request.h", "answer.h", "fields.h", "encode.h", "form.h", "resource.h", "stream.h", "worker.h", "embed.h", "observe.h", "deploy.h", "option.h", "stat.h",
                 "status.h", "binding.h")
COMPLETION_FILES = {"bash": "bash-completion/completions/wserve", "zsh": "zsh/site-functions/_wserve",
                    "fish": "fish/vendor_completions.d/wserve.fish"}


def date() -> str:
    now = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
    return f"{time.strftime('%B', now)} {now.tm_mday}, {now.tm_year}"


def fill(template: str, parts: dict[str, list[str]], name: str, section: int, version: str) -> str:
    text = template.replace("@HEAD@", "\n".join(pages.head(name, section, version, date())))
    for mark, lines in parts.items():
        text = text.replace(f"@{mark}@", "\n".join(lines))
    return text


def written_pages(root: pathlib.Path, output: pathlib.Path, version: str, parts: dict[str, list[str]]) -> None:
    """docs/man/NAME.SECTION.in; those of commands that come with a binding are kept apart."""
    for source in sorted((root / "docs" / "man").glob("*.in")):
        name, section = source.stem.rsplit(".", 1)
        folder = output / ("bindings" if name.startswith("wserve-") else "man") / f"man{section}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / source.stem).write_text(fill(source.read_text(), parts, name, int(section), version))


def main() -> int:
    root, output, version = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    shutil.rmtree(output, ignore_errors=True)  # a function that is gone leaves no page
    library, own = tables.library_options(root), tables.own_options(root)
    functions = headers.functions(root)
    known = {item.name for item in functions}
    callbacks = {item.name: item.code for item in headers.types(root) if item.name.endswith("_fn")}

    written_pages(root, output, version, {
        "OPTIONS": pages.command_options(library),
        "OWN_OPTIONS": pages.command_options(own),
        "INI_OPTIONS": pages.ini_options(library),
        "LOG_CODES": pages.codes(tables.operations_table(root, "| code | is |")),
        "CAUSES": pages.codes(tables.operations_table(root, "| cause | the request ended because |")),
        "FUNCTIONS": pages.function_list(functions, {name: headers.introduction(root, name) for name in READING_ORDER}),
        "TYPES": pages.type_list(headers.types(root)),
    })
    (output / "man" / "man3").mkdir(parents=True, exist_ok=True)
    for item in functions:
        (output / "man" / "man3" / f"{item.name}.3").write_text(pages.function_page(item, known, callbacks, version, date()))

    for shell, place in COMPLETION_FILES.items():
        (output / place).parent.mkdir(parents=True, exist_ok=True)
        template = (root / "tools" / "manual" / f"wserve.{shell}.in").read_text()
        (output / place).write_text(getattr(completion, shell)(own + library, template))
    return 0


if __name__ == "__main__":
    sys.exit(main())
