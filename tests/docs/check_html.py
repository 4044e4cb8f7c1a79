#!/usr/bin/env python3
"""Fails when a page of the manual wants something of the network, when a link between pages leads nowhere, or when the index of
the search does not know a function and an option. With a command, that command makes the manual first, and must not fail.

usage: check_html.py FOLDER [COMMAND...]
"""
import html.parser
import pathlib
import re
import subprocess
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    """Links, what is loaded, and the names that links may end with."""

    def __init__(self, path: pathlib.Path):
        super().__init__()
        self.links, self.loaded, self.ids = [], [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids |= {found[key] for key in ("id", "name") if found.get(key)}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        elif tag in ("script", "img", "link", "iframe"):
            self.loaded += [found[key] for key in ("src", "href") if found.get(key)]


def main() -> int:
    html_folder, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
    made = subprocess.run(command or ["true"], capture_output=True, text=True)
    if made.returncode != 0:
        print(made.stdout, made.stderr)
        return 1
    pages = {path.resolve(): Page(path) for path in html_folder.rglob("*.html")}
    problems, count = [], 0
    for path, page in pages.items():
        name = path.relative_to(html_folder.resolve())
        problems += [f"{name} loads {one}" for one in page.loaded if re.match(r"(https?:)?//", one)]
        for link in page.links + page.loaded:
            if re.match(r"[a-z]+:|//", link):
                continue
            count += 1
            target, _, fragment = urllib.parse.unquote(link).partition("#")
            place = (path.parent / target.partition("?")[0]).resolve() if target else path
            if not place.exists():
                problems.append(f"{name}: there is no {link}")
            elif fragment and place in pages and fragment not in pages[place].ids:
                problems.append(f"{name}: nothing is called {link}")
    for style in html_folder.rglob("*.css"):
        problems += [f"{style.name} loads {one}" for one in re.findall(r"url\(['\"]?((?:https?:)?//[^)]*)", style.read_text())]
    index = (html_folder / "searchindex.js").read_text()
    problems += [f"the search does not know {word}" for word in ("ws_server_set", "queue_limit") if word not in index]
    print("\n".join(problems) or f"{len(pages)} pages, {count} links")
    return 1 if problems or len(pages) < 80 else 0


if __name__ == "__main__":
    sys.exit(main())
