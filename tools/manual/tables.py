"""The options: those of the library from docs/options.md, which a test keeps equal to the library's own, those of
the command from src/own_options.c, and what the access log can say from docs/operations.md."""
import dataclasses
import pathlib
import re


@dataclasses.dataclass
class Option:
    """One row. For an option of the command's own, `argument` is what --help shows behind "="."""
    name: str
    type: str = ""
    default: str = ""
    range: str = ""
    since: str = ""
    help: str = ""
    argument: str = ""
    is_own: bool = False
    example: str = ""
    see_also: list[str] = dataclasses.field(default_factory=list)

    @property
    def long(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def negated(self) -> str:
        return "--no-" + self.name.replace("_", "-")

    @property
    def is_bool(self) -> bool:
        return self.type == "bool"

    @property
    def takes_value(self) -> bool:
        return bool(self.argument) if self.is_own else not self.is_bool

    @property
    def values(self) -> list[str]:
        """The words that it may be; none when it is a number or any text."""
        if self.is_bool:
            return ["true", "false"]
        return self.range.split("|") if "|" in self.range else []


ROW = re.compile(r"^### `(\w+)`\n\n(.*)\n\n((?:\* .*\n)+)", re.M)


def library_options(root: pathlib.Path) -> list[Option]:
    found = []
    for name, text, lines in ROW.findall((root / "docs" / "options.md").read_text()):
        said = dict(re.findall(r"^\* ([\w ]+): (.*)$", lines, re.M))
        kind, since = said["Type"].split(", since ")
        found.append(Option(name, kind, said.get("Default", "").strip("`"), said.get("Values", "").strip("`"), since, text,
                            example=said["Example"].strip("`").split(" = ", 1)[1],
                            see_also=re.findall(r"\[`(\w+)`\]", said["See also"])))
    return found


def own_options(root: pathlib.Path) -> list[Option]:
    text = (root / "src" / "own_options.c").read_text()
    row = re.compile(r'\{"([\w-]+)",\s*"([^"]*)",\s*OPTION_\w+,\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\}')
    found = []
    for name, argument, literals in row.findall(text):
        said = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals)).replace(r"\"", '"')
        found.append(Option(name, help=said, argument=argument, is_own=True))
    return found


def operations_table(root: pathlib.Path, head: str) -> list[tuple[list[str], str]]:
    """(what stands in backticks in the first column, the second one) of each row behind that head of docs/operations.md, with no
    links in it, nor pointers to other places of that document."""
    lines = (root / "docs" / "operations.md").read_text().splitlines()
    found = []
    for line in lines[lines.index(head) + 2:]:
        if not line.startswith("|"):
            break
        first, text = line.strip("| ").split(" | ", 1)
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
        text = re.sub(r"[:;,]? \(?see (above|below)\)?", "", text)
        found.append((re.findall(r"`([^`]+)`", first), text))
    return found
