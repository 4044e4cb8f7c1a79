"""Completion for bash, zsh and fish."""
import re

from tables import Option

APPS = {"hello": "a short text", "echo": "the body of the request", "environ": "what the application is told",
        "files": "the files below a folder"}
FILTERS = ["prefix"]
FOLDERS = {"app_path", "temporary_directory"}
FILES = {"access_log", "unix_socket"}


def _short(text: str, quote: str) -> str:
    """The first sentence, for a place between single quotes; `quote` is how one of these stands there."""
    sentence = re.split(r"(?<=[.:;])\s", text + " ")[0].rstrip(".:; ")
    return re.sub(r"[`\\\[\]]", "", sentence).replace("'", quote)


def _names(options: list[Option]) -> list[str]:
    names = []
    for option in options:
        names.append(option.long + "=" * option.takes_value)
        if option.is_bool:
            names.append(option.negated)
    return names


def bash(options: list[Option], template: str) -> str:
    cases = [f"    {option.long}) _wserve_words '{' '.join(option.values)}' ;;" for option in options if option.values]
    cases += [f"    {option.long}) _wserve_files {'-d' if option.name in FOLDERS else '-f'} ;;"
              for option in options if option.name in FOLDERS | FILES]
    valued = [option.long for option in options if option.takes_value]
    return template.replace("@VALUES@", "\n".join(cases)).replace("@OPTIONS@", "\n    ".join(_names(options))) \
        .replace("@VALUED@", " | ".join(valued)).replace("@APPS@", " ".join(APPS)) \
        .replace("@FILTERS@", " ".join(f"{name}:" for name in FILTERS))


def _zsh_value(option: Option) -> str:
    if option.name == "filter":
        return f"{option.name}:({' '.join(name + chr(92) + ':' for name in FILTERS)})"
    if option.values:
        return f"{option.name}:({' '.join(option.values)})"
    if option.name in FOLDERS:
        return f"{option.name}:_files -/"
    return f"{option.name}:_files" if option.name in FILES else f"{option.name}: "


def zsh(options: list[Option], template: str) -> str:
    lines = []
    for option in options:
        text = _short(option.help, r"'\''").replace(":", r"\:")
        repeats = "*" if option.type == "list" or option.name == "filter" else ""
        if option.takes_value:
            lines.append(f"'{repeats}{option.long}=[{text}]:{_zsh_value(option)}'")
        elif option.is_bool:
            lines.append(f"'{option.long}=-[{text}]::{_zsh_value(option)}'")
            lines.append(f"'{option.negated}[not\\: {text}]'")
        else:
            lines.append(f"'{option.long}[{text}]'")
    apps = " ".join(f"'{name}:{text}'" for name, text in APPS.items())
    return template.replace("@OPTIONS@", " \\\n    ".join(lines)).replace("@APPS@", apps)


def fish(options: list[Option], template: str) -> str:
    lines = []
    for option in options:
        text = _short(option.help, r"\'")
        line = f"complete -c wserve -n __wserve_before_app -l {option.long[2:]} -d '{text}'"
        if option.is_bool:
            line += " -a 'true false'"
        if option.takes_value:
            line += " -r -F" if option.name in FILES else " -x"
            words = [f"{name}:" for name in FILTERS] if option.name == "filter" else option.values
            words = ["(__fish_complete_directories)"] if option.name in FOLDERS else words
            line += f" -a '{' '.join(words)}'" if words else ""
        lines.append(line)
        if option.is_bool:
            lines.append(f"complete -c wserve -n __wserve_before_app -l {option.negated[2:]} -d 'not: {text}'")
    apps = [f"complete -c wserve -n __wserve_before_app -a {name} -d '{text}'" for name, text in APPS.items()]
    valued = " ".join(option.long for option in options if option.takes_value)
    return template.replace("@OPTIONS@", "\n".join(lines)).replace("@APPS@", "\n".join(apps)).replace("@VALUED@", valued)
