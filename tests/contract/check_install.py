#!/usr/bin/env python3
"""Installs into a folder of its own, then builds and runs a consumer three ways: with pkg-config, with CMake, and
from C++. The installed command serves its bundled app.

usage: check_install.py SOURCE_FOLDER BUILD_FOLDER C_COMPILER CXX_COMPILER
"""
import os
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request


def run(*command, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{command}\n{result.stdout}{result.stderr}")
    return result.stdout


def ask(*command, environment):
    """Starts a server that says where it serves, and asks it."""
    server = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True,
                              env=environment)
    try:
        line = server.stdout.readline()
        address = re.search(r"http://\S+", line)
        if not address:
            sys.exit(f"{command} did not start: {line!r}")
        for _ in range(100):  # one that does not wait until it listens before it speaks
            try:
                return urllib.request.urlopen(address.group(0) + "/x", timeout=20).read().decode()
            except urllib.error.URLError:
                time.sleep(0.05)
        sys.exit(f"{command} does not answer")
    finally:
        server.terminate()
        server.wait()


def check(what, got, expected):
    if got != expected:
        sys.exit(f"{what}: got {got!r}, expected {expected!r}")
    print(f"{what}: ok")


def readme_server(root, place, port):
    """The server in the README, on a port instead of its own."""
    code = re.search(r"```c\n(.*?)```", (root / "README.md").read_text(), re.S).group(1)
    # It says nothing; the test wants to know where it is.
    code = code.replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    code = code.replace("int main(void) {", f'int main(void) {{ puts("http://127.0.0.1:{port}"); fflush(stdout);')
    (place / "readme.c").write_text(code)
    return place / "readme.c"


def main():
    root, build, cc, cxx = (pathlib.Path(sys.argv[1]), *sys.argv[2:5])
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        prefix = place / "prefix"
        run("cmake", "--install", build, "--prefix", prefix)
        # What was configured for another prefix is moved here by the variable that pkg-config has for it.
        pc_folder = next(prefix.rglob("wserve.pc")).parent
        environment = dict(os.environ, PKG_CONFIG_PATH=str(pc_folder),
                           LD_LIBRARY_PATH=str(pc_folder.parent))
        flags = shlex.split(run("pkg-config", f"--define-variable=prefix={prefix}", "--cflags", "--libs",
                                "wserve", env=environment))
        extra = shlex.split(os.environ.get("WSERVE_TEST_FLAGS", ""))
        local = "127.0.0.1:0"

        run(cc, "-o", place / "hello", root / "examples" / "hello.c", *extra, *flags)
        check("C with pkg-config", ask(place / "hello", local, environment=environment),
              "Hello, World!\n")

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            probe.listen()
            run(cc, "-o", place / "readme", readme_server(root, place, probe.getsockname()[1]), *extra, *flags)
            taken = subprocess.run([place / "readme"], env=environment, capture_output=True, timeout=60)
            check("the server in the README, where its port is taken", (taken.returncode, b"in use" in taken.stderr),
                  (1, True))
        check("the server in the README", ask(place / "readme", environment=environment),
              "Hello, World!\n")

        run(cxx, "-std=c++17", "-o", place / "hello_cpp", root / "examples" / "hello.cpp", *extra, *flags)
        check("C++ with pkg-config", ask(place / "hello_cpp", local, environment=environment),
              "Hello, /x!\n")

        run("cmake", "-S", root / "tests" / "contract" / "consumer", "-B", place / "consumer",
            f"-DCMAKE_PREFIX_PATH={prefix}", f"-DEXAMPLES={root / 'examples'}",
            f"-DCMAKE_C_FLAGS={' '.join(extra)}")
        run("cmake", "--build", place / "consumer")
        check("C with find_package", ask(place / "consumer" / "hello", local, environment=environment),
              "Hello, World!\n")

        environment.pop("LD_LIBRARY_PATH")
        check("the installed command",
              ask(prefix / "bin" / "wserve", "--listen", local, "hello", environment=environment),
              "Hello, World!\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
