"""Texts as mdoc(7) has them: a line for each sentence, and nothing in it that would be a command."""
import re
import textwrap

CODE = re.compile(r"`([^`]+)`|\b([a-z_]\w*)\(\)|(?<![\w-])(--[a-z][\w-]*)")

SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+|(?<=[.!?:;][\"')])\s+")


def escape(text: str) -> str:
    text = text.replace("\\", r"\e").replace("§", r"\(sc").replace("…", "...").replace("×", "x")
    return re.sub(r"^([.'])", r"\\&\1", text)


def code(text: str) -> str:
    return r"\fB" + escape(text).replace("-", r"\-") + r"\fR"


def _inline(text: str) -> str:
    """Escapes, with names of functions, options and what stands between backticks in bold."""
    out = []
    position = 0
    for found in CODE.finditer(text):
        out.append(escape(text[position:found.start()]))
        out.append(code(found[2]) + "()" if found[2] else code(found[1] or found[3]))
        position = found.end()
    return "".join(out) + escape(text[position:])


def lines(text: str) -> list[str]:
    """Lines of running text."""
    out = []
    for sentence in SENTENCE_END.split(" ".join(text.split())):
        # What stands between backticks is one word.
        kept = re.sub(r"`[^`]+`", lambda found: found[0].replace(" ", "\0"), sentence)
        for line in textwrap.wrap(kept, 66, break_long_words=False, break_on_hyphens=False):
            out.append(_inline(line.replace("\0", " ")))
    return [r"\&" + line if line[:1] in ".'" else line for line in out]


def sentence(text: str) -> list[str]:
    """The same, beginning with a capital letter and ending with a full stop."""
    return lines(text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else "."))


def paragraphs(texts: list[str]) -> list[str]:
    out = []
    for text in texts:
        out += [".Pp"] * bool(out) + lines(text)
    return out


def quoted(text: str) -> str:
    """One argument of a macro."""
    text = escape(text).replace("-", r"\-").replace('"', r"\(dq")
    return f'"{text}"' if not re.fullmatch(r"[A-Za-z_]\w{3,}", text) else text


def tag_list(items: list[tuple[str, list[str]]], width: str = "Ds") -> list[str]:
    """(what stands behind .It, lines) for each."""
    out = [f".Bl -tag -width {width}"]
    for head, body in items:
        out += [f".It {head}", *(body or [r"\&"])]
    return [*out, ".El"]


def references(names: list[tuple[str, int]]) -> list[str]:
    """The lines of SEE ALSO."""
    ordered = sorted(set(names), key=lambda item: (item[1], item[0].lower()))
    return [f".Xr {name} {section}" + (" ," if position < len(ordered) else "")
            for position, (name, section) in enumerate(ordered, 1)]
