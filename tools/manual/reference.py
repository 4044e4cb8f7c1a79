"""The reference of the C interface for the manual, as Markdown: a page for each header, and one for the types."""
import re

import headers

NAME = re.compile(r"`([^`]+)`|\b(ws_\w+)\(\)|\b([a-z]\w*)\(\)")


def text(words: str, known: set[str]) -> str:
    """Running text: what Markdown would take for its own is escaped, functions that have an entry lead there."""
    out = []
    position = 0
    for found in NAME.finditer(words):
        out.append(_escaped(words[position:found.start()]))
        code, function, other = found.groups()
        out.append(f"{{c:func}}`{function}`" if function in known else f"`{code or (function or other) + '()'}`")
        position = found.end()
    return "".join(out) + _escaped(words[position:])


def _escaped(words: str) -> str:
    return re.sub(r"([*<>\[\]{}$|\\])", r"\\\1", words)


def _sentence(words: str, known: set[str]) -> str:
    words = words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")
    return text(words, known)


def _body(item: headers.Item, known: set[str]) -> list[str]:
    out = []
    for paragraph in item.doc.paragraphs:
        out += [text(paragraph, known), ""]
    out += [f":param {name}: {_sentence(words, known)}" for name, words in item.doc.parameters]
    if item.doc.returned:
        out.append(f":returns: {_sentence(item.doc.returned, known)}")
    out.append("")
    for label in ("Ownership", "Threads", "Since", "Source"):
        words = item.doc.labels.get(label, "")
        if words and words != "own":
            out += [f"*{label}:* {_sentence(words, known)}", ""]
    return out


def function(item: headers.Item, known: set[str]) -> list[str]:
    signature = f"{item.returns} {item.name}({', '.join(item.parameters) or 'void'})"
    return [f"````{{c:function}} {signature}", *_body(item, known), "````", ""]


def type_(item: headers.Item, known: set[str]) -> list[str]:
    out = [f"````{{c:type}} {item.name}", *_body(item, known)]
    if item.constants:
        out += ["| constant | value | what it means |", "|---|---|---|"]
        out += [f"| `{name}` | {value} | {text(words, known)} |" for name, value, words in item.constants]
    else:
        out += ["```c", item.code, "```"]
    return [*out, "````", ""]


def header_page(name: str, introduction: str, items: list[headers.Item], known: set[str]) -> str:
    out = [f"# `<wserve/{name}>`", "", text(introduction, known), ""]
    for item in items:
        out += function(item, known)
    return "\n".join(out)


def types_page(items: list[headers.Item], known: set[str]) -> str:
    out = ["# Types and constants", "", "Every header includes what it needs; `<wserve/wserve.h>` has all of them.", ""]
    for item in items:
        out += type_(item, known)
    return "\n".join(out)
