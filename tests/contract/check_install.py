#!/usr/bin/env python3
"""Installs into a folder of its own, then builds and runs a consumer three ways: with pkg-config, with CMake, and
from C++; where the archive was built, with that as well. The installed command serves its bundled app. What was installed
can be removed.

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

INSTALLED_TEXTS = ("man/man1/wserve.1", "man/man5/wserve.ini.5", "man/man3/libwserve.3", "man/man3/ws_server_run.3",
                   "bash-completion/completions/wserve", "zsh/site-functions/_wserve",
                   "fish/vendor_completions.d/wserve.fish")


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


def check_archive(root, place, prefix, cc, extra, environment):
    """Programs that have the library within them."""
    flags = shlex.split(run("pkg-config", "--cflags", "--libs", "wserve-static", env=environment))
    run(cc, "-o", place / "static", root / "examples" / "hello.c", *extra, *flags)
    check("the archive with pkg-config", ask(place / "static", "127.0.0.1:0", environment=environment),
          "Hello, World!\n")
    run("cmake", "-S", root / "tests" / "contract" / "consumer", "-B", place / "consumer_static",
        f"-DCMAKE_PREFIX_PATH={prefix}", f"-DEXAMPLES={root / 'examples'}", "-DTARGET=wserve::wserve_static",
        f"-DCMAKE_C_FLAGS={' '.join(extra)}")
    run("cmake", "--build", place / "consumer_static")
    check("the archive with find_package, in a project of C",
          ask(place / "consumer_static" / "hello", "127.0.0.1:0", environment=environment), "Hello, World!\n")


def check_uninstall(root, place, prefix):
    """A file of somebody else stays; a list of its own, as other installs write the build folder's."""
    manifest = place / "manifest.txt"
    manifest.write_text("".join(f"{path}\n" for path in prefix.rglob("*") if not path.is_dir() or path.is_symlink()))
    (prefix / "lib").mkdir(exist_ok=True)
    (prefix / "lib" / "other").write_text("")
    run("cmake", "-D", f"MANIFEST={manifest}", "-P", root / "cmake" / "Uninstall.cmake")
    left = [str(path.relative_to(prefix)) for path in prefix.rglob("*") if not path.is_dir() or path.name == "wserve"]
    check("uninstalling", left, ["lib/other"])


def check_absolute_folders(root, place):
    """Folders that packagers give in full stay as they are in the .pc file."""
    build = place / "absolute"
    run("cmake", "-S", root, "-B", build, "-DWSERVE_BUILD_TESTS=OFF", "-DCMAKE_INSTALL_PREFIX=/opt/w",
        "-DCMAKE_INSTALL_LIBDIR=/elsewhere/lib", "-DCMAKE_INSTALL_INCLUDEDIR=/elsewhere/include")
    variables = dict(re.findall(r"^(\w+)=(.*)$", (build / "pkgconfig" / "wserve.pc").read_text(), re.M))
    check("absolute folders in wserve.pc", variables,
          {"prefix": "/opt/w", "libdir": "/elsewhere/lib", "includedir": "/elsewhere/include"})


def main():
    root, build, cc, cxx = (pathlib.Path(sys.argv[1]), *sys.argv[2:5])
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        prefix = place / "prefix"
        run("cmake", "--install", build, "--prefix", prefix)
        pc_folder = next(prefix.rglob("wserve.pc")).parent
        environment = dict(os.environ, PKG_CONFIG_PATH=str(pc_folder),
                           LD_LIBRARY_PATH=str(pc_folder.parent))
        flags = shlex.split(run("pkg-config", "--cflags", "--libs", "wserve", env=environment))
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
        if (pc_folder.parent / "libwserve.a").exists():
            check_archive(root, place, prefix, cc, extra, environment)
        check("the installed command",
              ask(prefix / "bin" / "wserve", "--listen", local, "hello", environment=environment),
              "Hello, World!\n")
        check("manual pages and completion", [path for path in INSTALLED_TEXTS if not (prefix / "share" / path).exists()], [])
        check_uninstall(root, place, prefix)
        check_absolute_folders(root, place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
