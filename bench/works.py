"""What is measured, and the goals that it is judged by."""
import math

import chart
import languages
import measure
import report
import servers
from measure import Entrant, Work

BROWSER_FIELDS = [
    "Host: www.example.com",
    "X-Forwarded-For: 203.0.113.9",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: www.example.com",
    "X-Forwarded-Port: 443",
    "X-Request-Id: 0b7d9a3e5c1f48269d8e7f6a5b4c3d2e",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Language: en-GB,en;q=0.7,de;q=0.3",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; token=abcdefghijklmnopqrstuvwxyz",
    "Cache-Control: max-age=0",
    "Upgrade-Insecure-Requests: 1",
    "Sec-Fetch-Dest: document",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-Site: none",
    "Priority: u=0, i",
]
TEN_FIELDS = BROWSER_FIELDS[:1] + BROWSER_FIELDS[6:15]
INLINE, POOL = "wserve, inline", "wserve, 4 threads"
BOTH = (measure.SERVER_CORE, measure.CLIENT_CORE)
SPARE_DESCRIPTORS = 200
SLOW_CLIENTS = 50

# What each command writes into docs/performance.md, and the works that it needs for that.
PARTS = {
    "bench/run": ["hello", "fields", "pipelined", "loops", "bodies", "idle", "crowd", "start", "observed"],
    "bench/bindings.sh": ["bindings"],
}
WORKS = [work for works in PARTS.values() for work in works]


def parts_of(only):
    """The parts of the document that these works fill."""
    return [part for part, needed in PARTS.items() if set(needed) <= set(only)]


class Bench:
    """One run; each method that is called like a work measures it and adds its verdicts to the report."""

    def __init__(self, folder, quick):
        self.folder = folder
        self.rounds, self.pair_rounds, self.peer_rounds, self.seconds = (1, 1, 1, 1) if quick else (7, 5, 3, 2)
        self.connections = min(10000, measure.allow_descriptors(10000 + SPARE_DESCRIPTORS) - SPARE_DESCRIPTORS)
        self.built = servers.build_wserve()
        self.floor = servers.floor(folder)
        self.nginx = servers.nginx(folder, servers.Sink().port)
        self.peers = [] if quick else servers.peers(folder)
        self.reports = {part: report.Report() for part in PARTS}
        self.report = self.reports["bench/run"]
        self.languages = []  # the versions of what `bindings` has met

    def ours(self, app="hello", *options):
        return servers.inline_and_pool(self.built, app, *options)

    def measure_all(self, title, pairs, rounds):
        """`pairs` are servers and what is asked of them."""
        entrants = [Entrant(server, work, rounds) for server, work in pairs]
        return measure.measure_rounds(title, entrants, self.seconds)

    def beside_the_floor(self, title, work, options=(), peers=()):
        """Peers get fewer rounds: their figures are not near a goal."""
        nginx = [self.nginx] if self.nginx else []
        entrants = [Entrant(server, work, self.rounds) for server in [self.floor, *self.ours("hello", *options), *nginx]]
        entrants += [Entrant(server, work, self.peer_rounds) for server in peers]
        rounds = measure.measure_rounds(title, entrants, self.seconds)
        self.report.add_rounds(title, rounds, self.floor.name)
        return rounds

    def hello(self):
        rounds = self.beside_the_floor("hello", Work(), peers=self.peers)
        self.report.judge("hello, inline", "1.15 × floor", rounds.ratio(INLINE, "floor"), 1.15)
        self.report.judge("hello, pool", "1.35 × floor", rounds.ratio(POOL, "floor"), 1.35)
        if self.nginx:
            ratio = rounds.ratio(POOL, "nginx", "p99")
            self.report.judge("hello, pool: p99 of the latency at 64 connections", "1.5 × nginx", ratio, 1.5)

    def fields(self):
        work = Work(fields=BROWSER_FIELDS)
        rounds = self.beside_the_floor("17 fields", work, servers.PROXY_OPTIONS, self.peers)
        self.report.judge("17 fields, trusted proxy, inline", "1.20 × floor", rounds.ratio(INLINE, "floor"), 1.20)
        self.report.judge("17 fields, trusted proxy, pool", "1.45 × floor", rounds.ratio(POOL, "floor"), 1.45)

    def pipelined(self):
        fast = [peer for peer in self.peers if peer.name == "Go net/http"]
        rounds = self.beside_the_floor("16 pipelined", Work(script="pipelined.lua"), peers=fast)
        self.report.judge("16 pipelined, inline", "2.0 × floor", rounds.ratio(INLINE, "floor"), 2.0)

    def loops(self):
        """Two loops that share nothing take no more CPU for a request than one; where each has a core of its own, they
        answer 1.8 times as many when it is at most 1/0.9. Two processes show what comes of two threads and wrk on two
        cores alone."""
        work = Work(server_cores=BOTH, client_cores=BOTH)
        one = servers.wserve(self.built, "one loop", "hello", "--threads=0")
        two = servers.wserve(self.built, "two loops", "hello", "--threads=0", "--loops=2")
        processes = servers.two_processes(self.built, "two processes", "hello", "--threads=0")
        rounds = self.measure_all("loops", [(server, work) for server in (one, two, processes)], self.rounds)
        title = "two loops, CPU of a request; wrk shares their two cores"
        self.report.judge(title, "1.11 × one loop", rounds.ratio(two.name, one.name), 1 / 0.9)
        self.report.note(title, "two processes of one loop", rounds.ratio(two.name, processes.name))

    def bodies(self):
        if self.nginx is None:
            return
        app = servers.build_bodies_app(self.folder, self.built)
        spooling = servers.wserve(self.built, INLINE, app, "--threads=0")
        files = servers.wserve(self.built, INLINE, "files", "--threads=0")
        files.command.append(f"root={self.folder}")
        file, upload = Work(16, "/mebibyte.bin"), Work(16, script="upload.lua")
        works = {
            "1 MiB download from memory": (spooling, Work(16), file),
            "1 MiB download of a file": (files, file, file),
            "1 MiB upload": (spooling, upload, upload),
        }
        for title, (server, work, nginx_work) in works.items():
            ratio = self.ratio_to_nginx(title, server, work, nginx_work)
            self.report.judge(title + ", inline", "1.0 × nginx", ratio, 1.0)
        keeping = servers.wserve(self.built, INLINE, app, "--threads=0", "--inbuf-overflow=2097152")
        title = "1 MiB upload that stays in memory (inbuf_overflow)"
        self.report.note(title + ", inline", "nginx", self.ratio_to_nginx(title, keeping, upload, upload))

        self.streamed(app)

    def streamed(self, app):
        """An upload that is read while it comes, beside nginx, which passes it on, and net/http."""
        ours = servers.wserve(self.built, "wserve, 4 threads, streamed", app, "--threads=4", "--body-streaming=true")
        pairs = [(ours, Work(16, script="upload.lua")), (self.nginx, Work(16, "/sink/", script="upload.lua"))]
        pairs += [(peer, Work(16, script="upload.lua")) for peer in self.peers if peer.name == "Go net/http"]
        title = "1 MiB upload that is streamed (body_streaming)"
        rounds = self.measure_all(title, pairs, self.pair_rounds)
        self.report.judge(title + ", 4 threads", "1.0 × nginx", rounds.ratio(ours.name, "nginx"), 1.0)
        for peer, _ in pairs[2:]:
            self.report.note(title + ", 4 threads", peer.name, rounds.ratio(ours.name, peer.name))

    def ratio_to_nginx(self, title, server, work, nginx_work):
        rounds = self.measure_all(title, [(server, work), (self.nginx, nginx_work)], self.pair_rounds)
        return rounds.ratio(INLINE, "nginx")

    def idle(self):
        form = "{:.0f} bytes"
        for server in self.ours():
            size = measure.idle_bytes(server, self.connections)
            self.report.judge(f"one of {self.connections:,} idle connections, {server.name}", "600 bytes", size, 600, form)
        if self.nginx:
            size = measure.idle_bytes(self.nginx, self.connections)
            self.report.note(f"one of {self.connections:,} idle connections, nginx", "600 bytes", size, form)

    def crowd(self):
        """The floor shows what of it is the kernel's and the processor's."""
        title = f"{self.connections:,} connections, 100 active"
        for server in [*self.ours(), self.floor]:
            ratio = measure.crowd_ratio(server, Work(100), self.connections - 100, self.seconds, self.peer_rounds)
            tell = self.report.note if server is self.floor else self.judge_crowd
            tell(f"{title}, {server.name}", "1.1 × 100 connections", ratio)

    def judge_crowd(self, title, goal, ratio):
        self.report.judge(title, goal, ratio, 1.1)

    def start(self):
        milliseconds = measure.start_milliseconds(self.ours()[1], 5 * self.rounds)
        self.report.judge("start to first answer", "20 ms", milliseconds, 20, "{:.1f} ms")

    def observed(self):
        """What it costs to be watched."""
        plain = servers.wserve(self.built, "unobserved", "hello", "--threads=0")
        logged = servers.wserve(self.built, "access log", "hello", "--threads=0", f"--access-log={self.folder}/access.log")
        counted = servers.wserve(self.built, "metrics", "hello", "--threads=0", f"--metrics-listen=unix:{self.folder}/metrics")
        rounds = self.measure_all("observed", [(server, Work()) for server in (plain, logged, counted)], self.rounds)
        self.report.judge("hello with an access log to a file, inline", "1.08 × none", rounds.ratio(logged.name, plain.name), 1.08)
        self.report.judge("hello with metrics, inline", "1.02 × none", rounds.ratio(counted.name, plain.name), 1.02)
        title = "hello with an access log: p99 of the latency at 64 connections"
        self.report.judge(title, "1.1 × none", rounds.ratio(logged.name, plain.name, "p99"), 1.1)

    def bindings(self):
        """Each language beside what its users have now; ten fields a request."""
        ruby, go = languages.ruby(self.folder, self.built), languages.go(self.folder, self.built)
        lua, lua_peers = languages.lua(self.folder, self.built), languages.lua_peers()
        if ruby:
            self.beside("Rack handler", [ruby[0]], ruby[1], "1/3", 1 / 3)
        python, c = languages.python(self.folder, self.built), self.ours()[1]
        if python:
            peers = languages.python_peers()
            self.beside_each("Python WSGI", [*peers, (c, "1.3", 1.3)], python)
            self.python_connections(python, [peer for peer, _, _ in peers if peer.name in ("Waitress", "gunicorn")])
        if lua and lua_peers:
            self.beside("Lua WSAPI", lua_peers, lua, "1/3", 1 / 3)
        if go:
            self.beside("Go", [go[0]], go[1], "1.0", 1.0)

    def python_connections(self, ours, peers):
        """What a connection costs that is idle, or slow."""
        part = self.reports["bench/bindings.sh"]
        size = measure.idle_bytes(ours, self.connections)
        title = f"one of {self.connections:,} idle connections, {ours.name}"
        part.judge(title, "650 bytes", size, 650, "{:.0f} bytes")
        for server in [ours, *peers]:
            wait = measure.behind_slow_ms(server, SLOW_CLIENTS, self.peer_rounds)
            measure.say(f"behind {SLOW_CLIENTS} slow clients: {server.name}: {wait:.1f} ms")
            title = f"answer to a client behind {SLOW_CLIENTS} slow ones, {server.name}"
            form = "{:.1f} ms" if wait < math.inf else "none in 5 s"
            if server is ours:
                part.judge(title, "10 ms", wait, 10, form)
            else:
                part.note(title, "10 ms", wait, form)

    def beside(self, title, theirs, ours, goal, limit):
        """Judges a binding by each of the others."""
        self.beside_each(title, [(server, goal, limit) for server in theirs], ours)

    def beside_each(self, title, theirs, ours):
        """Likewise, with a goal for each."""
        part = self.reports["bench/bindings.sh"]
        work = Work(fields=TEN_FIELDS)
        peers = [server for server, _, _ in theirs]
        rounds = self.measure_all(title, [(server, work) for server in [*peers, ours]], self.pair_rounds)
        part.add_costs(rounds)
        self.languages += [server.version() for server in peers if server.package != "?"]
        for server, goal, limit in theirs:
            part.judge(title, f"{goal} × {server.name}", rounds.ratio(ours.name, server.name), limit)

    def text_of(self, part):
        """What stands between the markers of a part."""
        if part == "bench/run":
            how = f"Medians of {self.rounds} rounds of {self.seconds} s ({self.pair_rounds} for bodies, {self.peer_rounds} for peers)"
            versions = [server.version() for server in [self.nginx, *self.peers] if server]
            text = "\n![CPU of one request beside the floor](performance.svg)\n\n"
        else:
            how = f"Medians of {self.pair_rounds} rounds of {self.seconds} s"
            versions, text = self.languages + languages.interpreters(), "\n"
        return report.machine(how, versions) + text + self.reports[part].as_markdown()

    def write(self, docs, part):
        document = docs / "performance.md"
        document.write_text(report.replace_part(document.read_text(), part, self.text_of(part)))
        if part == "bench/run":
            ratios = {title: self.report.ratios[title] for title in ("hello", "17 fields")}
            (docs / "performance.svg").write_text(chart.draw("CPU of one request, to the floor", ratios))
