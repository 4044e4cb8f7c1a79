#!/usr/bin/env python3
"""Has each shell check the syntax of its completion of wserve, and complete some words with it.

usage: check_completion.py SOURCE_FOLDER MANUAL_FOLDER, which may also be share/ of an installation
"""
import pathlib
import subprocess
import sys
import tempfile

# What is typed, and what must be among the answers.
LINES = [
    ("wserve --lis", {"--listen"}),
    ("wserve --no-ipv", {"--no-ipv4", "--no-ipv6"}),
    ("wserve --url-scheme=", {"http", "https"}),
    ("wserve --url-scheme=https envi", {"environ"}),
    ("wserve --ipv4=f", {"false"}),
    ("wserve --threads 4 envi", {"environ"}),
    ("wserve --filter=pre", {"prefix:"}),
    ("wserve --app-path=lib", {"libraries"}),
    ("wserve hello sho", {"shop.ini"}),
    ("wserve shop", {"shop.ini"}),
    ("wserve files dot", {"dotfiles=serve"}),
]
# And what must not: after the application there are no options, and only `files` has settings that are known.
NOT_THERE = [("wserve hello --lis", "--listen"), ("wserve --threads 4 hello --lis", "--listen"), ("wserve hello dot", "dotfiles=serve")]

BASH = r"""
source "$1"; shift
complete -p wserve >/dev/null || exit 1
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_wserve
printf '%s\n' "${COMPREPLY[@]}"
"""
# A terminal with zsh in it: TAB, and then the line as it stands, or a list of what it may become.
ZSH = r"""
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1='%% '; fpath=($1 \$fpath); autoload -Uz compinit; compinit -D -u; zstyle ':completion:*' list-prompt ''
zstyle ':completion:*' verbose no; setopt auto_list no_beep; LISTMAX=1000; bindkey -e; bindkey '^I' complete-word
bindkey '^X^L' list-choices; echo rea''dy"
zpty -r -m shell line '*ready*'
zpty -n -w shell "$2"$'\x18\x0c\t\x01echo \'<\x05>\'; echo d\'\'one\n'
zpty -r -m shell line '*done*'
print -r -- "$line"
zpty -d shell
"""


def run(*command, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, **options)
    if result.returncode != 0:
        sys.exit(f"{command}\n{result.stdout}{result.stderr}")
    return result.stdout


def bash_words(line):
    """As bash sees them: "=" is a word of its own, and so is nothing behind the last blank."""
    words = [word for word in line.replace("=", " = ").split(" ") if word]
    return words + [""] * line.endswith(" ")


def main():
    manual = pathlib.Path(sys.argv[2])
    bash = manual / "bash-completion" / "completions" / "wserve"
    zsh = next(manual.glob("zsh/*/_wserve"))  # site-functions, or Debian's vendor-completions
    fish = manual / "fish" / "vendor_completions.d" / "wserve.fish"
    for shell, script in (("bash", bash), ("zsh", zsh), ("fish", fish)):
        run(shell, "-n", script)

    problems = []
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "shop.ini").write_text("")
        (pathlib.Path(folder) / "libraries").mkdir()
        shells = {
            "bash": lambda line: run("bash", "-c", BASH, "bash", bash, *bash_words(line), cwd=folder),
            "zsh": lambda line: run("zsh", "-f", "-c", ZSH, "zsh", zsh.parent, line, cwd=folder),
            "fish": lambda line: run("fish", "--no-config", "-c", f"source {fish}; complete -C '{line}'", cwd=folder),
        }
        for shell, complete in shells.items():
            for line, expected in LINES:
                answer = complete(line)
                problems += [f"{shell}: {line}: no {word} in {answer!r}" for word in expected if word not in answer]
            for line, unwanted in NOT_THERE:
                answer = complete(line)
                problems += [f"{shell}: {line}: {answer!r}"] * (unwanted in answer)
    print("\n".join(problems) or f"{len(shells)} shells complete {len(LINES)} lines")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
