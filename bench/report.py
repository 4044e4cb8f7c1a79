"""What was measured, as Markdown; and how it gets into docs/."""
import dataclasses
import os
import platform
import re
import textwrap

BEGIN, END = "<!-- {} writes from here -->\n", "<!-- to here: {} -->\n"


@dataclasses.dataclass
class Verdict:
    title: str
    goal: str
    measured: str
    answer: str  # "yes", "no", or "–" where nothing was to be reached


def table(titles, rows):
    lines = ["| " + " | ".join(titles) + " |", "|---" * len(titles) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


class Report:
    """One part of the document: filled while a run goes on."""

    def __init__(self):
        self.heading = "CPU of one request"
        self.cells = {}  # title of a column: {server: text}
        self.ratios = {}  # work: {server: CPU of a request to the floor's}
        self.verdicts = []

    def add_rounds(self, title, rounds, floor):
        """A column of CPU times, with their ratios to the floor."""
        for name in rounds.names():
            ratio = rounds.ratio(name, floor)
            self.ratios.setdefault(title, {})[name] = ratio
            self.cells.setdefault(title, {})[name] = f"{ratio:.2f} ({rounds.median(name, 'cpu') * 1e6:.2f} µs)"

    def add_costs(self, rounds):
        """Rows of CPU times and rates, where there is no floor."""
        self.heading = "server"
        for name in rounds.names():
            self.cells.setdefault("CPU of one request", {})[name] = f"{rounds.median(name, 'cpu') * 1e6:.1f} µs"
            self.cells.setdefault("requests in a second", {})[name] = f"{rounds.median(name, 'rate'):,.0f}"

    def judge(self, title, goal, value, limit, form="{:.2f}"):
        self.verdicts.append(Verdict(title, goal, form.format(value), "yes" if value <= limit else "no"))

    def note(self, title, to, value, form="{:.2f}"):
        """A figure for comparison, without a goal."""
        self.verdicts.append(Verdict(title, f"({to})", form.format(value), "–"))

    def servers_table(self):
        names = []
        for cells in self.cells.values():
            names += [name for name in cells if name not in names]
        rows = [[name, *(cells.get(name, "–") for cells in self.cells.values())] for name in names]
        return table([self.heading, *self.cells], rows)

    def goals_table(self):
        rows = [[one.title, one.goal, one.measured, one.answer] for one in self.verdicts]
        return table(["work", "goal, at most", "measured", "met"], rows)

    def as_markdown(self):
        parts = [self.servers_table()] if self.cells else []
        parts += [self.goals_table()] if self.verdicts else []
        return "\n".join(parts)


def replace_part(document, command, text):
    """The document with `text` between the markers of a command."""
    begin, end = BEGIN.format(command), END.format(command)
    if document.count(begin) != 1 or document.count(end) != 1:
        raise SystemExit(f"the document has no place for what {command} writes")
    before, rest = document.split(begin)
    return before + begin + text + end + rest.split(end)[1]


def machine(how, versions):
    """On what was measured, and what. Names no host."""
    kernel = re.match(r"[\d.]*\d", platform.release()).group(0)
    virtual = ", virtual" if has_hypervisor() else ""
    text = f"{how}, on {os.cpu_count()} cores ({cpu_model()}{virtual}) under {platform.system()} {kernel}"
    text += f", beside {', '.join(versions)}.\n" if versions else ".\n"
    return textwrap.fill(text, 125, break_on_hyphens=False) + "\n"


def cpu_lines(name):
    with open("/proc/cpuinfo", encoding="utf-8") as text:
        return [line.split(":", 1)[1].strip() for line in text if line.startswith(name)]


def cpu_model():
    names = cpu_lines("model name")
    return names[0] if names else "an unnamed processor"


def has_hypervisor():
    return any("hypervisor" in line.split() for line in cpu_lines("flags"))
