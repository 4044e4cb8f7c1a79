"""What was measured, as Markdown tables and as a chart."""
import dataclasses
import html
import os

BEGIN = "<!-- The tables below are written by bench/run --write. -->\n"
END = "<!-- End of the tables. -->\n"

BAR, GAP, LEFT, WIDTH = 18, 8, 150, 560


@dataclasses.dataclass
class Verdict:
    title: str
    goal: str
    measured: str
    is_met: bool


def bar(y, name, ratio, widest, is_ours):
    width = max(1.0, ratio / widest * (WIDTH - LEFT - 60))
    color = "#2f6db5" if is_ours else "#9aa5b1"
    return (
        f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{html.escape(name)}</text>'
        f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{color}"/>'
        f'<text x="{LEFT + width + 6:.1f}" y="{y + 13}">{ratio:.2f}</text>\n'
    )


def chart(title, ratios):
    """Bars, the shortest first; `ratios` are pairs of name and ratio."""
    ratios = sorted(ratios, key=lambda pair: pair[1])
    widest = ratios[-1][1]
    height = 36 + len(ratios) * (BAR + GAP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">\n',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n',
        f'<text x="8" y="18" font-weight="bold">{html.escape(title)}</text>\n',
    ]
    for row, (name, ratio) in enumerate(ratios):
        lines.append(bar(30 + row * (BAR + GAP), name, ratio, widest, name.startswith("wserve")))
    return "".join(lines) + "</svg>\n"


class Report:
    """Filled while a run goes on."""

    def __init__(self):
        self.columns = {}  # work: {server: "µs (ratio)"}
        self.ratios = {}  # work: [(server, ratio)]
        self.verdicts = []

    def add_rounds(self, title, rounds, floor):
        cells = {}
        for name in rounds.names():
            ratio = rounds.ratio(name, floor)
            cells[name] = f"{ratio:.2f} ({rounds.cpu_of(name) * 1e6:.2f} µs)"
            self.ratios.setdefault(title, []).append((name, ratio))
        self.columns[title] = cells

    def judge(self, title, goal, value, limit, form="{:.2f}"):
        self.verdicts.append(Verdict(title, goal, form.format(value), value <= limit))

    def servers_table(self):
        names = []
        for cells in self.columns.values():
            names += [name for name in cells if name not in names]
        titles = list(self.columns)
        lines = ["| CPU of one request | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|"]
        for name in names:
            cells = [self.columns[title].get(name, "–") for title in titles]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        return "\n".join(lines) + "\n"

    def goals_table(self):
        lines = ["| work | goal, at most | measured | met |", "|---|---|---|---|"]
        for one in self.verdicts:
            lines.append(f"| {one.title} | {one.goal} | {one.measured} | {'yes' if one.is_met else 'no'} |")
        return "\n".join(lines) + "\n"

    def as_markdown(self):
        tables = [self.servers_table()] if self.columns else []
        return "\n".join([*tables, self.goals_table()])

    def write(self, docs):
        document = docs / "performance.md"
        before, rest = document.read_text().split(BEGIN)
        after = rest.split(END)[1]
        cores = f"Measured on {os.cpu_count()} cores of {cpu_model()}.\n\n"
        document.write_text(before + BEGIN + cores + self.as_markdown() + END + after)
        if "hello" in self.ratios:
            text = chart("CPU of one request, to the floor", self.ratios["hello"])
            (docs / "performance.svg").write_text(text)


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as text:
        names = [line.split(":", 1)[1].strip() for line in text if line.startswith("model name")]
    return names[0] if names else "an unnamed processor"
