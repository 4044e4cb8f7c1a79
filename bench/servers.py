"""The servers that are measured: how each is built and how it is started."""
import dataclasses
import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
PROXY_OPTIONS = [
    "--trusted-proxy=127.0.0.1",
    "--trusted-proxy-headers=x-forwarded-for x-forwarded-proto x-forwarded-host x-forwarded-port",
]


@dataclasses.dataclass
class Server:
    """`command` is a list of words in which {port} stands for the port."""

    name: str
    command: list


def compiled(folder, source, *flags):
    """Builds a C program; None where the compiler or a library is missing."""
    program = folder / pathlib.Path(source).stem
    built = subprocess.run(
        ["cc", "-O2", "-o", program, HERE / source, *flags], stderr=subprocess.DEVNULL, check=False
    )
    return program if built.returncode == 0 else None


def build_wserve():
    """The library and the command as they are installed."""
    for words in (["cmake", "--preset", "release"], ["cmake", "--build", "--preset", "release"]):
        subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return ROOT / "build" / "release"


def build_bodies_app(folder, built):
    app = folder / "bodies.so"
    subprocess.run(
        ["cc", "-O2", "-shared", "-fPIC", "-I", ROOT / "include", "-o", app, HERE / "bodies.c"]
        + ["-L", built / "lib", "-lwserve"],
        check=True,
    )
    return app


def wserve(built, name, app, *options):
    command = [built / "bin" / "wserve", "--listen=127.0.0.1:{port}", "--connection-limit=20000"]
    return Server(name, command + list(options) + [app])


def inline_and_pool(built, app="hello", *options):
    return [
        wserve(built, "wserve, inline", app, "--threads=0", *options),
        wserve(built, "wserve, 4 threads", app, "--threads=4", *options),
    ]


def floor(folder):
    program = compiled(folder, "floor.c")
    if program is None:
        raise SystemExit("bench/floor.c does not compile: is there a C compiler?")
    return Server("floor", [program, "{port}"])


def nginx(folder):
    """One worker, and a file of 1 MiB to serve; None where nginx is missing."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        return None
    (folder / "mebibyte.bin").write_bytes(bytes(1 << 20))
    text = (HERE / "peers" / "nginx.conf").read_text().replace("FOLDER", str(folder))
    # The port is written into a copy of the file when the server starts.
    start = 'sed "s/PORT/$1/" "$2/nginx.conf.in" > "$2/nginx.$1.conf"; exec "$3" -e stderr -c "$2/nginx.$1.conf"'
    (folder / "nginx.conf.in").write_text(text)
    return Server("nginx", ["sh", "-c", start, "sh", "{port}", folder, program])


def compiled_peers(folder):
    libraries = {
        "libevhtp": ["-levhtp", "-levent", "-levent_openssl", "-levent_pthreads", "-lssl", "-lcrypto"],
        "civetweb": ["-lcivetweb"],
        "evhttp": ["-levent"],
        "libmicrohttpd": ["-lmicrohttpd"],
    }
    for name, flags in libraries.items():
        program = compiled(folder, f"peers/{name}.c", *flags)
        yield Server(name, [program, "{port}"]) if program else None


def go_peer(folder):
    program = folder / "gonethttp"
    if shutil.which("go") is None:
        return None
    words = ["go", "build", "-o", program, HERE / "peers" / "gonethttp.go"]
    built = subprocess.run(words, check=False, stderr=subprocess.DEVNULL)
    return Server("Go net/http", [program, "{port}"]) if built.returncode == 0 else None


def go_binding(folder, built):
    """package wserve; None without Go. To be judged beside go_peer()."""
    if shutil.which("go") is None:
        return None
    (folder / "wserve.pc").write_text(
        f"Name: wserve\nDescription: built\nVersion: 1\nCflags: -I{ROOT}/include\n"
        f"Libs: -L{built}/lib -lwserve -Wl,-rpath,{built}/lib\n"
    )
    program = folder / "gowserve"
    subprocess.run(
        ["go", "build", "-o", program, HERE / "peers" / "gowserve.go"],
        cwd=ROOT / "bindings" / "go", check=True,
        env={**os.environ, "PKG_CONFIG_PATH": str(folder), "GOPROXY": "off", "GOFLAGS": ""},
    )
    return Server("wserve, Go", [program, "{port}"])


def script_peers():
    puma = shutil.which("puma")
    yield puma and Server(
        "Puma", [puma, "-q", "-e", "production", "-t", "4:4", "-b", "tcp://127.0.0.1:{port}", HERE / "peers" / "hello.ru"]
    )
    has_waitress = subprocess.run(["/usr/bin/python3", "-c", "import waitress"], check=False, stderr=subprocess.DEVNULL)
    if has_waitress.returncode == 0:
        yield Server("Waitress", ["/usr/bin/python3", HERE / "peers" / "waitress_hello.py", "{port}"])


def peers(folder):
    """All peers that this machine has."""
    found = [nginx(folder), *compiled_peers(folder), go_peer(folder), *script_peers()]
    return [peer for peer in found if peer]
