#!/usr/bin/env python3
"""Fails when mandoc finds fault with a manual page, or when the pages or the completion of a shell leave out an option, an
application or a function that is there.

usage: check_manual.py SOURCE_FOLDER MANUAL_FOLDER WSERVE LIBWSERVE_SO
"""
import os
import pathlib
import re
import subprocess
import sys


def said_by(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def faults_of_mandoc(manual):
    pages = sorted(manual.glob("*/man?/*"))
    found = subprocess.run(["mandoc", "-T", "lint", "-W", "style", *pages], capture_output=True, text=True,
                           env={**os.environ, "MANPATH": str(manual / "man")}).stdout.splitlines()
    return found + [f"only {len(pages)} pages"] * (len(pages) < 100)


def rendered(page):
    """As plain text, without line breaks in words."""
    text = said_by("mandoc", "-T", "ascii", "-O", "width=200", page)
    return re.sub(r".\x08", "", text)


def main():
    root, manual, wserve, library = (pathlib.Path(word) for word in sys.argv[1:5])
    problems = faults_of_mandoc(manual)
    texts = {page.name: rendered(page) for page in sorted((manual / "man").glob("man?/*"))}
    shells = {path.name: path.read_text() for path in manual.glob("*/*/*wserve*") if "man" not in path.parent.name}
    if len(shells) != 3:
        problems.append(f"completion for three shells, not for {sorted(shells)}")

    help_text = said_by(wserve, "--help")
    options = set(re.findall(r"^  (?:-h, )?--([\w-]+)", help_text, re.M)) | set(re.findall(r", --(no-[\w-]+)", help_text))
    own = set(re.findall(r'\{"([\w-]+)", "', (root / "src" / "own_options.c").read_text()))
    for option in sorted(options):
        if not re.search(rf"^ *(?:.*, )?--{option}\b(?!-)", texts["wserve.1"], re.M):
            problems.append(f"wserve(1) has no --{option}")
        if option not in own and not option.startswith("no-") and \
                not re.search(rf"^ +{option.replace('-', '_')} = ", texts["wserve.ini.5"], re.M):
            problems.append(f"wserve.ini(5) has no {option}")
        for name, text in shells.items():
            if not re.search(rf"(--|-l ){option}\b(?!-)", text):
                problems.append(f"the completion {name} has no --{option}")
    apps = re.findall(r"^add_bundled_app\((\w+)", (root / "src" / "CMakeLists.txt").read_text(), re.M)
    for app in apps:
        for name, text in {**shells, "wserve.1": texts["wserve.1"]}.items():
            if not re.search(rf"(?:^|[ '\"]){app}(?:$|[ '\":])", text, re.M):
                problems.append(f"{name} has no application {app}")

    codes = re.findall(r"^\| (`%.*?) \|", (root / "docs" / "operations.md").read_text(), re.M)
    for code in re.findall(r"`([^`]+)`", " ".join(codes)):
        if not re.search(rf"^ +(?:%\S+, )*{re.escape(code)}(?:$|,|  )", texts["wserve.1"], re.M):
            problems.append(f"wserve(1) has no code {code} of the access log")
    callbacks = 0
    for name, text in texts.items():
        for callback in set(re.findall(r"\b(ws_\w+_fn) \w+[,)]", text.partition("DESCRIPTION")[0])):
            callbacks += 1
            if f"(*{callback})(" not in text:
                problems.append(f"{name} does not say what a {callback} is")
    if len(codes) < 15 or callbacks < 8:
        problems.append(f"only {len(codes)} codes of the access log, {callbacks} callbacks")

    functions = set(re.findall(r"\b(ws_\w+)", said_by("nm", "-D", "--defined-only", library)))
    for function in sorted(functions):
        if f"{function}.3" not in texts:
            problems.append(f"{function} has no page")
        if not re.search(rf"\b{function}\(3\)", texts["libwserve.3"]):
            problems.append(f"libwserve(3) does not name {function}")
    print("\n".join(problems) or f"{len(texts)} pages, {len(options)} options, {len(functions)} functions, {len(apps)} applications")
    return 1 if problems or len(options) < 70 or len(functions) < 100 or len(apps) < 4 else 0


if __name__ == "__main__":
    sys.exit(main())
