"""How a block of each language is checked. A rule raises AssertionError with what is wrong."""
import json
import os
import pathlib
import re
import subprocess

import served
from blocks import Block

C_FLAGS = ["-Wall", "-Wextra", "-Wno-unused-function", "-Werror"]


class Rules:
    """`place` is an empty folder; what one block leaves there, such as a plugin, the next ones find."""

    def __init__(self, root: pathlib.Path, build: pathlib.Path, place: pathlib.Path):
        self.root, self.build, self.place = root, build, place
        self.wrappers = root / "tests" / "docs" / "wrappers"
        self.wserve = build / "bin" / "wserve"
        self.environment = {**os.environ, "PKG_CONFIG_PATH": str(build / "bindings/go/pkgconfig"), "GOPROXY": "off", "GOFLAGS": "",
                            "GO111MODULE": "on", "GOCACHE": str(build / "go-cache"), "PYTHONPATH": str(build / "bindings/python"),
                            "PYTHONDONTWRITEBYTECODE": "1", "PATH": f"{build / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin"}
        flags = self.run("pkg-config", "--cflags", "--libs", "wserve").split()
        self.cflags = [flag for flag in flags if flag.startswith("-I")]
        self.libs = [flag for flag in flags if not flag.startswith("-I")]
        help_text = self.run(str(self.wserve), "--help")
        self.options = set(re.findall(r"--([a-z][\w-]*)", help_text))

    def run(self, *command, **options) -> str:
        result = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=240,
                                **{"env": self.environment, "cwd": self.place, **options})
        assert result.returncode == 0, f"{command[0]}: {result.stdout}{result.stderr}"
        return result.stdout

    def keep(self, name: str, text: str) -> pathlib.Path:
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def wrapped(self, name: str, block: Block) -> str:
        return (self.wrappers / name).read_text().replace("BLOCK", block.text)

    def _serves(self, block: Block):
        """(port, text on that port, path, expected) of "serves /PATH TEXT"."""
        _, path, expected = block.check.split(" ", 2)
        port = served.free_port()
        return port, served.on_port(block.text, port), path, expected

    def _compiled(self, block: Block, compiler: list[str], suffix: str) -> None:
        if block.check.startswith("serves "):
            port, text, path, expected = self._serves(block)
            source = self.keep(f"program{suffix}", text)
            program = self.place / "program"
            self.run(*compiler, "-o", program, source, *self.cflags, *self.libs, "-pthread")
            served.ask([str(program)], port, path, expected, cwd=self.place)
            return
        if block.check.startswith("plugin "):
            source = self.keep(f"plugin{suffix}", block.text)
            self.run(*compiler, "-fPIC", "-shared", "-o", self.place / f"{block.check.split()[1]}.so", source, *self.cflags, *self.libs)
            return
        wrapper = {"in function": f"function{suffix}", "": f"file{suffix}"}[block.check]
        text = block.text if "#include" in block.text and not block.check else self.wrapped(wrapper, block)
        self.run(*compiler, "-c", "-o", self.place / "block.o", self.keep(f"block{suffix}", text), *self.cflags)

    def c(self, block: Block) -> None:
        self._compiled(block, ["cc", "-std=gnu11", *C_FLAGS], ".c")

    def cpp(self, block: Block) -> None:
        self._compiled(block, ["c++", "-std=c++17", *C_FLAGS], ".cpp")

    def python(self, block: Block) -> None:
        compile(block.text, block.place, "exec")
        if block.check.startswith("serves "):
            port, text, path, expected = self._serves(block)
            served.ask(["/usr/bin/python3", str(self.keep("program.py", text))], port, path, expected, cwd=self.place, env=self.environment)
        elif block.check == "run":
            self.run("/usr/bin/python3", self.keep("program.py", block.text))

    def ruby(self, block: Block) -> None:
        self.run("ruby", "-wc", self.keep("block.rb", block.text))
        if block.check.startswith("serves "):
            port, text, path, expected = self._serves(block)
            program = self.keep("program.rb", text)
            served.ask(["ruby", f"-I{self.build}/bindings/ruby/lib", f"-I{self.root}/bindings/ruby/lib", str(program)], port, path, expected,
                       cwd=self.place)

    def lua(self, block: Block) -> None:
        self.run("luac5.4", "-p", self.keep("block.lua", block.text))
        if block.check.startswith("serves "):
            port, text, path, expected = self._serves(block)
            served.ask([str(self.build / "bindings/lua/5.4/lua"), str(self.keep("program.lua", text))], port, path, expected)

    def go(self, block: Block) -> None:
        port, text, path, expected = self._serves(block) if block.check else (0, block.text, "", "")
        if not text.startswith("package "):
            text = self.wrapped("file.go", block)
        folder = self.keep("program/main.go", text).parent
        binding = self.root / "bindings/go"
        self.keep("program/go.mod", f"module program\n\ngo 1.19\n\nrequire wserve v0.0.0\n\nreplace wserve => {binding}\n")
        self.run("go", "vet", ".", cwd=folder)
        if block.check:
            self.run("go", "build", "-o", "program", ".", cwd=folder)
            served.ask([str(folder / "program")], port, path, expected)

    def ini(self, block: Block) -> None:
        """What the command would serve; folders that the document has made are in `place`."""
        if block.check == "unit":
            self.run("systemd-analyze", "verify", "--man=no", self.keep("block.service", block.text))
            return
        text = re.sub(r"(?<= )/(?:srv|var|usr/local/lib)/[\w./-]*/?", lambda found: self._folder(found[0]), block.text)
        port = served.free_port()
        text = served.on_port(text, port)
        for name, symbol in re.findall(r"egg:(?!wserve|Paste|waitress)(\w+)#(\w+)", text):
            self._plugin(name, symbol)
        if "[server:main]" not in text:
            text += "\n[server:main]\nuse = egg:wserve#main\n"
        apps = re.findall(r"^\[(?:app|composite|pipeline|filter-app):(\w+)\]", text, re.M)
        if not apps:
            text += "\n[app:main]\nuse = egg:wserve#hello\n"
        path = self.keep("block.ini", text)
        name = "main" if "main" in apps or not apps else apps[0]
        self.run(self.wserve, "--check", f"--app-path={self.place}", f"{path}#{name}")

    def _plugin(self, name: str, symbol: str) -> None:
        """An application that the document does not show."""
        if not (self.place / f"{name}.so").exists():
            text = (self.wrappers / "plugin.c").read_text().replace("SYMBOL", symbol)
            source = self.keep("stub.c", text)
            self.run("cc", *C_FLAGS, "-fPIC", "-shared", "-o", self.place / f"{name}.so", source, *self.cflags)

    def _folder(self, name: str) -> str:
        """A folder of ours in the place of one of the system's; plugins are in `place` itself."""
        if name.startswith("/usr/local/lib"):
            return str(self.place)
        path = self.place / "root" / name.strip("/")
        (path if "." not in path.name else path.parent).mkdir(parents=True, exist_ok=True)
        return str(path)

    def nginx(self, block: Block) -> None:
        pem = self.place / "cert.pem"
        if not pem.exists():
            self.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=example.com", "-keyout", pem, "-out", pem)
            pem.write_text(pem.read_text() + self.run("openssl", "req", "-x509", "-key", pem, "-subj", "/CN=example.com"))
        text = self.wrapped("nginx.conf", block).replace("PLACE", str(self.place))
        text = text.replace("/etc/ssl/private/example.com.pem", str(pem))
        self.run("nginx", "-t", "-q", "-e", self.place / "error.log", "-c", self.keep("nginx.conf", text))

    def yaml(self, block: Block) -> None:
        self.keep("wserve.rules.yml", (self.root / "examples/prometheus/wserve.rules.yml").read_text())
        self.run("promtool", "check", "config", self.keep("prometheus.yml", block.text))

    def cmake(self, block: Block) -> None:
        """A project beside an installed library."""
        prefix = self.place / "prefix"
        if not prefix.exists():
            self.run("cmake", "--install", self.build, "--prefix", prefix)
        self.keep("project/CMakeLists.txt", block.text)
        self.keep("project/hello.c", (self.root / "examples/hello.c").read_text())
        self.run("cmake", "-S", "project", "-B", "project/build", f"-DCMAKE_PREFIX_PATH={prefix}")
        self.run("cmake", "--build", "project/build")

    def json(self, block: Block) -> None:
        json.loads(block.text)

    def sh(self, block: Block) -> None:
        """It can be read by a shell, and every option of wserve's that it has is one."""
        self.run("sh", "-n", self.keep("block.sh", block.text))
        text = re.sub(r"\\\n", " ", block.text)
        for command in re.findall(r"^ *(?:sudo )?(wserve(?:-\w+)? .*)", text, re.M):
            for option in re.findall(r"(?<=\s)--(?!no-)([a-z][\w-]*)", command):
                known = self.options | ({"call", "reload", "app", "check", "workers"} if command.startswith("wserve-") else set())
                assert option.replace("_", "-") in known, f"wserve has no --{option}"

    def zsh(self, block: Block) -> None:
        self.run("zsh", "-n", self.keep("block.zsh", block.text))

    def console(self, block: Block) -> None:
        commands = re.findall(r"^\$ ((?:.*\\\n)*.*)$", block.text, re.M)
        assert commands, "no line begins with $"
        self.sh(Block(block.document, block.line, "sh", "\n".join(commands) + "\n"))

    def indented(self, block: Block) -> None:
        (self.console if block.text.startswith("$ ") else self.sh)(block)

    def text(self, block: Block) -> None:
        """What is no code: pictures, and what a program says."""
