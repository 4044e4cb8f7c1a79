#!/usr/bin/env python3
"""Puts together what Sphinx makes the manual of: the documents in docs/, the changelog, the reference out of the headers, the
manual pages of the commands, and the examples, each as a page. Links between them lead where they lead in the sources.

usage: make_html.py SOURCE_FOLDER MANUAL_PAGES_FOLDER OUTPUT_FOLDER
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

import headers
import reference
from make_manual import READING_ORDER

# The parts of the manual, in the order in which one reads them. A page that stands in none is found by Sphinx.
CONTENTS = {
    "Begin": ["tutorial/c", "tutorial/cpp", "tutorial/python", "tutorial/ruby", "tutorial/lua", "tutorial/go", "forms", "cookbook"],
    "Run": ["reverse-proxy", "operations", "metrics", "files", "stopping", "cluster", "packages", "platforms"],
    "Look up": ["options", "errors", "threads", "python", "ruby", "commands/index", "reference/index", "examples/index"],
    "Come from elsewhere": ["migrate"],
    "Understand": ["architecture", "life-of-a-request", "performance", "security", "house-style", "contributing", "changelog"],
}
LEXERS = {".c": "c", ".h": "c", ".cpp": "cpp", ".py": "python", ".rb": "ruby", ".ru": "ruby", ".lua": "lua", ".go": "go", ".yml": "yaml",
          ".ini": "ini", ".service": "ini", ".socket": "ini"}
LINK = re.compile(r"(\[(?:[^\[\]]|\[[^\]]*\])*\])\(([^)\s]+)\)")
FROM_ROOT = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md", "README.md": "index.md"}


def toctree(entries: list[str], caption: str = "") -> str:
    head = ["```{toctree}", ":hidden:", ":maxdepth: 1"] + [f":caption: {caption}"] * bool(caption)
    return "\n".join([*head, "", *entries, "```", ""])


class Pages:
    """The folder that Sphinx reads."""

    def __init__(self, root: pathlib.Path, output: pathlib.Path):
        self.root, self.output = root, output
        self.examples = {path.relative_to(root).as_posix() for path in (root / "examples").rglob("*")
                         if "__pycache__" not in path.parts}

    def write(self, name: str, text: str) -> None:
        path = self.output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def _target(self, source: str, page: str, link: str) -> str | None:
        """Where a link of the document `source`, which becomes `page`, leads; None when the manual does not have that."""
        if re.match(r"[a-z]+:|#", link):
            return link
        path, mark, fragment = link.partition("#")
        place = os.path.normpath(os.path.join(os.path.dirname(source), path))
        if place in FROM_ROOT:
            found = FROM_ROOT[place]
        elif place.startswith("docs/"):
            found = place[len("docs/"):]
        elif place in self.examples or place == "examples":
            found = f"{place}/index.md" if (self.root / place).is_dir() else f"{place}.md"
        else:
            return None
        return os.path.relpath(found, os.path.dirname(page) or ".") + mark + fragment

    def document(self, source: str, page: str, more: str = "") -> None:
        def led(found: re.Match) -> str:
            target = self._target(source, page, found[2])
            return found[1][1:-1] if target is None else f"{found[1]}({target})"
        self.write(page, LINK.sub(led, (self.root / source).read_text()) + more)

    def example(self, name: str) -> None:
        text = (self.root / name).read_text()
        self.write(f"{name}.md", f"# {name}\n\n````{LEXERS.get(pathlib.Path(name).suffix, 'text')}\n{text.rstrip()}\n````\n")

    def example_folder(self, name: str) -> None:
        entries = sorted(path for path in self.examples if os.path.dirname(path) == name)
        lines = [f"* [{entry}]({os.path.basename(entry)}{'/index' if (self.root / entry).is_dir() else ''}.md)" for entry in entries]
        tree = [os.path.basename(entry) + ("/index" if (self.root / entry).is_dir() else "") for entry in entries]
        title = "Examples" if name == "examples" else name
        self.write(f"{name}/index.md", f"# {title}\n\n" + "\n".join(lines) + "\n\n" + toctree(tree))


def write_reference(pages: Pages) -> None:
    functions = headers.functions(pages.root)
    known = {item.name for item in functions}
    lines = ["# Reference of the C interface", "",
             "A page for each header. Every function has a manual page as well: `man 3 ws_server_set`.", ""]
    for name in READING_ORDER:
        introduction = headers.introduction(pages.root, name)
        items = [item for item in functions if item.header == name]
        pages.write(f"reference/{name}.md", reference.header_page(name, introduction, items, known))
        lines.append(f"* [`<wserve/{name}>`]({name}.md): {reference.text(introduction, known)}")
    lines += ["* [Types and constants](types.md)", ""]
    pages.write("reference/types.md", reference.types_page(headers.types(pages.root), known))
    pages.write("reference/index.md", "\n".join(lines) + "\n" + toctree([*READING_ORDER, "types"]))


def write_commands(pages: Pages, manual: pathlib.Path) -> None:
    names = []
    for path in sorted([*manual.glob("*/man1/*"), *manual.glob("*/man5/*")]):
        text = subprocess.run(["mandoc", "-T", "markdown", path], check=True, capture_output=True, text=True).stdout
        body = text.split("\n", 1)[1].rsplit("\n\n", 1)[0]  # without the line above and the one below
        name, section = path.name.rsplit(".", 1)
        body = re.sub(r"^# (.*)", lambda found: "## " + found[1].capitalize(), body, flags=re.M)
        pages.write(f"commands/{path.name}.md", f"# {name}({section})\n\n{body}\n")
        names.append(path.name)
    pages.write("commands/index.md", "# Manual pages of the commands\n\n" +
                "\n".join(f"* [{name}]({name}.md)" for name in names) + "\n\n" + toctree(names))


def main() -> int:
    root, manual, output = (pathlib.Path(word).resolve() for word in sys.argv[1:4])
    shutil.rmtree(output, ignore_errors=True)
    pages = Pages(root, output)
    for source in sorted((root / "docs").rglob("*.md")):
        name = source.relative_to(root / "docs").as_posix()
        more = "\n" + "\n".join(toctree(entries, caption) for caption, entries in CONTENTS.items()) if name == "index.md" else ""
        pages.document(f"docs/{name}", name, more)
    pages.document("CHANGELOG.md", "changelog.md")
    pages.document("CONTRIBUTING.md", "contributing.md")
    write_reference(pages)
    write_commands(pages, manual)
    for name in sorted(pages.examples):
        if (root / name).is_dir():
            pages.example_folder(name)
        else:
            pages.example(name)
    pages.example_folder("examples")
    pages.write("_static/manual.css", (root / "docs" / "manual.css").read_text())
    for picture in (root / "docs").glob("*.svg"):
        shutil.copy(picture, output)
    shutil.copy(root / "docs" / "conf.py", output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
