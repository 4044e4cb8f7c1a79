"""The code in a Markdown document: fenced blocks, and lines behind four blanks, with what a comment in front says of them."""
import dataclasses
import pathlib
import re

FENCE = re.compile(r"^( *)(`{3,})\s*([\w+-]*)\s*$")
SHOWN = re.compile(r"^ *<!-- ([\w./@-]+/[\w./@-]+) -->$")
CHECK = re.compile(r"^ *<!-- check: (.*) -->$")


@dataclasses.dataclass
class Block:
    """`language` is "indented" without a fence; `shown` is the file that it shows; `check` says how it is checked."""
    document: str
    line: int
    language: str
    text: str
    shown: str = ""
    check: str = ""

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"


def _said_before(lines: list[str], index: int) -> dict[str, str]:
    line = lines[index - 1] if index > 0 else ""
    shown, check = SHOWN.match(line), CHECK.match(line)
    return {"shown": shown[1] if shown else "", "check": check[1] if check else ""}


def _is_indented(lines: list[str], index: int) -> bool:
    """Behind a blank line, and not a part of a list, whose text goes on behind blanks as well."""
    if not lines[index].startswith("    ") or lines[index - 1].strip():
        return False
    before = next((line for line in reversed(lines[:index]) if line.strip()), "")
    return not re.match(r" *([*-]|\d+\.) ", before)


def read(root: pathlib.Path, name: str) -> list[Block]:
    lines = (root / name).read_text().splitlines()
    found = []
    index = 0
    while index < len(lines):
        fence = FENCE.match(lines[index])
        if fence:
            end = index + 1
            while lines[end].strip() != fence[2]:
                end += 1
            text = "\n".join(line[len(fence[1]):] for line in lines[index + 1:end]) + "\n"
            found.append(Block(name, index + 1, fence[3], text, **_said_before(lines, index)))
            index = end
        elif index > 0 and _is_indented(lines, index):
            end = index
            while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
                end += 1
            text = "\n".join(line[4:] for line in lines[index:end]).rstrip() + "\n"
            found.append(Block(name, index + 1, "indented", text))
            index = end - 1
        index += 1
    return found


def documents(root: pathlib.Path) -> list[str]:
    found = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    return sorted(path.relative_to(root).as_posix() for path in found)
