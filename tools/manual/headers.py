"""The functions and types of the public headers, with their docstrings taken apart."""
import dataclasses
import pathlib
import re

LABELS = ("Ownership", "Threads", "Since", "Source")
COMMENT = r"/\*\*((?:(?!\*/).)*)\*/\s*"
FUNCTION = re.compile(COMMENT + r"WS_API\s([^;]*?)\b(ws_\w+)\(([^;]*)\);", re.S)
CALLBACK = re.compile(COMMENT + r"(typedef ([^;{(]*)\(\*(ws_\w+)\)\(([^;]*)\);)", re.S)
ENUM = re.compile(COMMENT + r"typedef enum \w+ (?:WS_\w+_ENUM )?\{([^}]*)\} (ws_\w+);", re.S)
STRUCT = re.compile(COMMENT + r"(typedef struct (ws_\w+)[^;{]*(?:\{[^}]*\}[^;]*)?;)", re.S)


@dataclasses.dataclass
class Doc:
    """A docstring: paragraphs, parameters with their texts, what is returned, and the labels."""
    paragraphs: list[str] = dataclasses.field(default_factory=list)
    parameters: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    returned: str = ""
    labels: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def summary(self) -> str:
        """The first sentence, as it stands behind a name."""
        sentence = re.split(r"(?<=[^.][.:])\s", self.paragraphs[0] + " ", maxsplit=1)[0].rstrip(".: ")
        return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]


@dataclasses.dataclass
class Item:
    """A function, or a type: then without parameters that count."""
    name: str
    header: str
    doc: Doc
    returns: str = ""
    parameters: list[str] = dataclasses.field(default_factory=list)
    code: str = ""
    constants: list[tuple[str, str, str]] = dataclasses.field(default_factory=list)


def one_line(text: str) -> str:
    return " ".join(text.split())


def read_doc(comment: str) -> Doc:
    text = "\n".join(re.sub(r"^\s*\* ?", "", line) for line in comment.splitlines())
    doc = Doc()
    label = re.compile(rf"(?:^|\s)({'|'.join(LABELS)}):\s")
    first = label.search(text)
    if first:
        parts = label.split(text[first.start():])[1:]
        doc.labels = {name: one_line(value) for name, value in zip(parts[::2], parts[1::2])}
        text = text[:first.start()]
    tags = re.split(r"^@(param (\w+)|return)\b", text, flags=re.M)
    doc.paragraphs = [one_line(part) for part in re.split(r"\n\s*\n", tags[0]) if part.strip()]
    for tag, name, value in zip(tags[1::3], tags[2::3], tags[3::3]):
        if tag == "return":
            doc.returned = one_line(value)
        else:
            doc.parameters.append((name, one_line(value)))
    return doc


def _parameters(text: str) -> list[str]:
    found = [one_line(part) for part in text.split(",")]
    return [] if found == ["void"] else found


def _constants(body: str) -> list[tuple[str, str, str]]:
    """Name, value and comment."""
    found = re.findall(r"(WS_\w+) = (-?\d+),?[ \t]*(?:/\*+<?\s*(.*?)\*/)?", body, re.S)
    return [(name, value, one_line(comment)) for name, value, comment in found]


def _public_headers(root: pathlib.Path) -> list[pathlib.Path]:
    return sorted((root / "include" / "wserve").glob("*.h"))


def functions(root: pathlib.Path) -> list[Item]:
    found = []
    for header in _public_headers(root):
        for comment, returns, name, parameters in FUNCTION.findall(header.read_text()):
            found.append(Item(name, header.name, read_doc(comment), one_line(returns), _parameters(parameters)))
    return found


def types(root: pathlib.Path) -> list[Item]:
    found = []
    for header in _public_headers(root):
        text = header.read_text()
        for comment, code, _, name, _ in CALLBACK.findall(text):
            found.append(Item(name, header.name, read_doc(comment), code=code))
        for comment, body, name in ENUM.findall(text):
            found.append(Item(name, header.name, read_doc(comment), constants=_constants(body)))
        for comment, code, name in STRUCT.findall(text):
            found.append(Item(name, header.name, read_doc(comment), code=code))
    return sorted(found, key=lambda item: item.name)


def introduction(root: pathlib.Path, header: str) -> str:
    """What the header says of itself."""
    comment = re.match(r"/\*(.*?)\*/", (root / "include" / "wserve" / header).read_text(), re.S)
    text = "\n".join(re.sub(r"^\s*\* ?", "", line) for line in comment.group(1).splitlines())
    return one_line(re.split(r"\n\s*\n", text)[0])
