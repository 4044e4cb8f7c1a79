"""The servers that are measured: how each is built and how it is started. Those of the bindings are in languages.py."""
import dataclasses
import pathlib
import re
import shutil
import socketserver
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
PROXY_OPTIONS = [
    "--trusted-proxy=127.0.0.1",
    "--trusted-proxy-headers=x-forwarded-for x-forwarded-proto x-forwarded-host x-forwarded-port",
]


@dataclasses.dataclass
class Server:
    """`command` is a list of words in which {port} stands for the port; `package` is Debian's, whose version is told."""

    name: str
    command: list
    package: str = "?"

    def version(self):
        """Such as "nginx 1.22.1"; the name alone where nobody knows more."""
        return f"{self.name} {installed_version(self.package)}".rstrip()


def installed_version(package):
    """Of a package of Debian; "" when it is not there."""
    if shutil.which("dpkg-query") is None:
        return ""
    words = ["dpkg-query", "-W", "-f=${db:Status-Status} ${Version}", package]
    told = subprocess.run(words, check=False, capture_output=True, text=True).stdout
    return upstream_version(told.split()[1]) if told.startswith("installed ") else ""


def upstream_version(text):
    """Debian's version without epoch and revision: 2:1.19~1 is 1.19."""
    return re.match(r"(?:\d+:)?([^-~+]*)", text).group(1)


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


def wserve_words(built, options):
    return [built / "bin" / "wserve", "--connection-limit=20000", *options]


def wserve(built, name, app, *options):
    return Server(name, [*wserve_words(built, options), "--listen=127.0.0.1:{port}", app])


def two_processes(built, name, app, *options):
    """They share a listening socket and nothing else."""
    return Server(name, [sys.executable, HERE / "two_processes.py", "{port}", *wserve_words(built, options), app])


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


class Sink(socketserver.ThreadingTCPServer):
    """Where nginx sends uploads: reads a request and its body, answers, and closes, on a thread of this process."""

    daemon_threads = True
    request_queue_size = 64

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            left, piece = 0, bytearray(1 << 16)
            for line in iter(self.rfile.readline, b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    left = int(line.split(b":")[1])
            while left > 0:
                left -= self.rfile.readinto1(memoryview(piece)[:left]) or left
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\ntaken\n")

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]


def nginx(folder, sink):
    """One worker, a file of 1 MiB to serve, and where uploads go on to; None where nginx is missing."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        return None
    (folder / "mebibyte.bin").write_bytes(bytes(1 << 20))
    return Server("nginx", by_file(folder, "nginx.conf", program, "-e", "stderr", "-c", SINK=sink), "nginx-light")


def by_file(folder, name, *words, **values):
    """The command of a server that is told by a file, behind its other words, with these values for words of the file. The
    port is written into a copy of the file when the server starts."""
    text = (HERE / "peers" / name).read_text()
    for word, value in {"FOLDER": folder, **values}.items():
        text = text.replace(word, str(value))
    (folder / f"{name}.in").write_text(text)
    start = f'sed "s/PORT/$1/" "$2/{name}.in" > "$2/$1.{name}"; port=$1 folder=$2; shift 2; exec "$@" "$folder/$port.{name}"'
    return ["sh", "-c", start, "sh", "{port}", folder, *words]


def haproxy(folder):
    """One thread that answers itself."""
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    return Server("HAProxy", by_file(folder, "haproxy.cfg", program, "-f"), "haproxy") if program else None


def h2o(folder):
    """One thread, and a small file: it has no other way to say a text."""
    program = shutil.which("h2o")
    if program is None:
        return None
    (folder / "h2o").mkdir(exist_ok=True)
    (folder / "h2o" / "index.html").write_text("Hello, World!\n")
    return Server("H2O", by_file(folder, "h2o.conf", program, "-c"), "h2o")


def compiled_peers(folder):
    libraries = {
        "libevhtp": ["-levhtp", "-levent", "-levent_openssl", "-levent_pthreads", "-lssl", "-lcrypto"],
        "civetweb": ["-lcivetweb"],
        "evhttp": ["-levent"],
        "libmicrohttpd": ["-lmicrohttpd"],
    }
    packages = {"evhttp": "libevent-dev"}
    for name, flags in libraries.items():
        program = compiled(folder, f"peers/{name}.c", *flags)
        package = packages.get(name, f"lib{name.removeprefix('lib')}-dev")
        yield Server(name, [program, "{port}"], package) if program else None


def go_peer(folder):
    program = folder / "gonethttp"
    if shutil.which("go") is None:
        return None
    words = ["go", "build", "-o", program, HERE / "peers" / "gonethttp.go"]
    built = subprocess.run(words, check=False, stderr=subprocess.DEVNULL)
    return Server("Go net/http", [program, "{port}"], "golang-go") if built.returncode == 0 else None


def puma():
    program = shutil.which("puma")
    if program is None:
        return None
    words = ["-q", "-e", "production", "-t", "4:4", "-b", "tcp://127.0.0.1:{port}", HERE / "peers" / "hello.ru"]
    return Server("Puma", [program, *words], "puma")


def waitress():
    python = "/usr/bin/python3"
    has_it = subprocess.run([python, "-c", "import waitress"], check=False, stderr=subprocess.DEVNULL)
    words = [python, HERE / "peers" / "waitress_hello.py", "{port}"]
    return Server("Waitress", words, "python3-waitress") if has_it.returncode == 0 else None


def peers(folder):
    """All that this machine has, but nginx."""
    found = [haproxy(folder), h2o(folder), *compiled_peers(folder), go_peer(folder), puma(), waitress()]
    return [peer for peer in found if peer]
