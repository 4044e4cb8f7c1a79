"""A chart of bars as SVG: CPU of one request to the floor, by server and work."""
import html

LEFT, WIDTH, RIGHT = 150, 720, 70
BAR, GAP = 13, 11  # of a bar, and between two servers
TOP = 62
MOST = 6.0  # longer bars are cut, and say so
OURS, THEIRS = ("#1d4f91", "#8db4e2"), ("#5f6b76", "#c3cad1")


def is_ours(name):
    return name.startswith("wserve")


def x_of(ratio, widest):
    return LEFT + ratio / widest * (WIDTH - LEFT - RIGHT)


def bar(y, ratio, widest, color):
    """One bar and its figure; one that is cut has a white slash before its end."""
    end = x_of(min(ratio, widest), widest)
    yield f'<rect x="{LEFT}" y="{y}" width="{end - LEFT:.1f}" height="{BAR}" fill="{color}"/>'
    if ratio > widest:
        yield f'<path d="M{end - 18:.1f} {y + BAR + 1} l6 -{BAR + 2}" stroke="#ffffff" stroke-width="4"/>'
    yield f'<text x="{end + 6:.1f}" y="{y + BAR - 2.5}">{ratio:.2f}</text>'


def legend(works):
    x = LEFT
    for number, work in enumerate(works):
        for colors in (OURS, THEIRS):
            yield f'<rect x="{x}" y="32" width="{BAR}" height="{BAR}" fill="{colors[number]}"/>'
            x += BAR + 3
        yield f'<text x="{x + 3}" y="43">{html.escape(work)}</text>'
        x += 110


def floor_line(height, widest):
    x = x_of(1.0, widest)
    yield f'<path d="M{x:.1f} {TOP - 6} V{height - 8}" stroke="#c0392b" stroke-dasharray="3 3"/>'


def draw(title, ratios):
    """`ratios` is {work: {server: ratio}} with one or two works; servers stand in the order of the first one."""
    works = list(ratios)
    names = sorted(ratios[works[0]], key=ratios[works[0]].get)
    widest = min(MOST, max(max(of.values()) for of in ratios.values()))
    row = len(works) * BAR + GAP
    height = TOP + len(names) * row + 4
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="8" y="19" font-size="14" font-weight="bold">{html.escape(title)}</text>',
        *legend(works),
    ]
    for number, name in enumerate(names):
        y = TOP + number * row
        weight = ' font-weight="bold"' if is_ours(name) else ""
        middle = y + len(works) * BAR / 2 + 4
        lines.append(f'<text x="{LEFT - 8}" y="{middle}" text-anchor="end"{weight}>{html.escape(name)}</text>')
        for place, work in enumerate(works):
            if name in ratios[work]:
                color = (OURS if is_ours(name) else THEIRS)[place]
                lines += bar(y + place * BAR, ratios[work][name], widest, color)
    lines += floor_line(height, widest)
    return "\n".join(lines) + "\n</svg>\n"
