"""The manual pages: those of functions, from the headers alone, and the parts that go into the pages that people have written."""
import re

import mdoc
from headers import Item
from tables import Option


def head(name: str, section: int, version: str, date: str) -> list[str]:
    return [f".Dd {date}", f".Dt {name.upper()} {section}", f".Os libwserve {version}"]


def _default(option: Option) -> list[str]:
    return mdoc.lines("Default:") + [mdoc.code(option.default) + "."] if option.default else []


def _values(option: Option) -> list[str]:
    if not option.range:
        return []
    words = option.values or [option.range]
    if len(words) == 1:
        return ["Values:", mdoc.code(words[0]) + "."]
    return ["Values:"] + [mdoc.code(word) + (" ," if word != words[-1] else ".").strip() for word in words]


def _example(option: Option, spelled: str) -> list[str]:
    if not option.example:
        return []
    value = f"'{option.example}'" if " " in option.example or "?" in option.example else option.example
    text = option.long + "=" + value if spelled == "command" else f"{option.name} = {option.example}"
    others = [option_name.replace("_", "-") if spelled == "command" else option_name for option_name in option.see_also]
    others = ["--" + name if spelled == "command" else name for name in others]
    return ["Example:", mdoc.code(text) + ".", "See also:"] + \
        [mdoc.code(name) + (" ," if name != others[-1] else ".").strip() for name in others]


def _long(text: str) -> str:
    return ".Fl " + mdoc.escape(text[1:]).replace("-", r"\-")


def command_options(options: list[Option]) -> list[str]:
    """As the command line has them."""
    items = []
    for option in options:
        head_ = _long(option.long)[1:]
        if option.is_own and option.name == "help":
            head_ = "Fl h , " + head_
        elif option.is_bool:
            head_ += " , " + _long(option.negated)[1:]
        elif option.takes_value:
            head_ += f" Ns = Ns Ar {mdoc.quoted(option.argument or option.type)}"
        items.append((head_, mdoc.lines(option.help) + _values(option) + _default(option) +
                      _example(option, "command")))
    return mdoc.tag_list(items)


def ini_options(options: list[Option]) -> list[str]:
    """As an ini file has them."""
    items = [(f"Ic {option.name} No = Ar {option.type}", mdoc.lines(option.help) + _values(option) + _default(option) +
              _example(option, "ini"))
             for option in options]
    return mdoc.tag_list(items)


def codes(table: list[tuple[list[str], str]]) -> list[str]:
    """Rows of a table of docs/operations.md."""
    return mdoc.tag_list([(" , ".join(r"\&" + mdoc.code(word) for word in words), mdoc.sentence(text)) for words, text in table])


def mentioned(item: Item, known: set[str]) -> list[str]:
    texts = [*item.doc.paragraphs, item.doc.returned, *item.doc.labels.values(), *(text for _, text in item.doc.parameters)]
    return sorted(set(re.findall(r"\b(ws_\w+)\(", " ".join(texts))) & known - {item.name})


def _callbacks(item: Item, callbacks: dict[str, str]) -> list[str]:
    """The types of its parameters that are functions of the caller's."""
    words = [word for one in item.parameters for word in one.split()]
    out = []
    for name in dict.fromkeys(word for word in words if word in callbacks):
        code = re.sub(r"(\*+) (?=\w)", r" \1", " ".join(callbacks[name].split()))
        out += [".Vt " + mdoc.quoted(code), ".Pp"]
    return out


def _synopsis(item: Item, callbacks: dict[str, str]) -> list[str]:
    # The star of a pointer stands at the name, as manuals have it.
    parameters = [".Fa " + mdoc.quoted(re.sub(r"(\*+) ?(?=\w+$)", r" \1", one)) for one in item.parameters]
    return [f".In wserve/{item.header}", *_callbacks(item, callbacks), f".Ft {mdoc.quoted(item.returns)}", f".Fo {item.name}",
            *(parameters or [".Fa void"]), ".Fc"]


def function_page(item: Item, known: set[str], callbacks: dict[str, str], version: str, date: str) -> str:
    doc = item.doc
    out = head(item.name, 3, version, date)
    out += [".Sh NAME", f".Nm {item.name}", ".Nd " + " ".join(mdoc.lines(doc.summary))]
    out += [".Sh LIBRARY", r"libwserve (\-lwserve)", ".Sh SYNOPSIS", *_synopsis(item, callbacks)]
    out += [".Sh DESCRIPTION", *mdoc.paragraphs(doc.paragraphs)]
    if doc.parameters:
        out += [".Pp", "The parameters are:",
                *mdoc.tag_list([(f"Fa {name}", mdoc.sentence(text)) for name, text in doc.parameters])]
    for label in ("Ownership", "Threads"):
        if label in doc.labels:
            out += [f".Ss {label}", *mdoc.sentence(doc.labels[label])]
    if doc.returned:
        out += [".Sh RETURN VALUES", *mdoc.sentence(doc.returned)]
    out += [".Sh SEE ALSO", *mdoc.references([("libwserve", 3), *((name, 3) for name in mentioned(item, known))])]
    out += [".Sh HISTORY", f".Fn {item.name}", f"appeared in libwserve {doc.labels.get('Since', version)}."]
    if doc.labels.get("Source", "own") != "own":
        out += mdoc.sentence("It goes back to: " + doc.labels["Source"])
    return "\n".join(out) + "\n"


def function_list(functions: list[Item], introductions: dict[str, str]) -> list[str]:
    """One list for each header."""
    out = []
    for header, text in introductions.items():
        items = [(f"Xr {item.name} 3", mdoc.sentence(item.doc.summary)) for item in functions if item.header == header]
        if items:
            out += [f".Ss <wserve/{header}>", *mdoc.lines(text), *mdoc.tag_list(items)]
    return out


def type_list(types: list[Item]) -> list[str]:
    out = []
    for item in types:
        out += [f".Ss {item.name}", *mdoc.paragraphs(item.doc.paragraphs)]
        if item.constants:
            out += mdoc.tag_list([(f"Dv {name}", [f"({value})"] + (mdoc.sentence(text) if text else [])) for name, value, text in item.constants])
        else:
            out += [".Bd -literal -offset indent", *(mdoc.escape(line) for line in item.code.splitlines()), ".Ed"]
        out += mdoc.tag_list([(f"Fa {name}", mdoc.sentence(text)) for name, text in item.doc.parameters]) \
            if item.doc.parameters else []
        out += [".Pp", *mdoc.sentence("It returns: " + item.doc.returned)] if item.doc.returned else []
    return out
