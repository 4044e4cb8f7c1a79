"""Starts a server alone on one core, loads it from another, and reads what it cost."""
import contextlib
import dataclasses
import math
import os
import pathlib
import re
import resource
import select
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
SERVER_CORE, CLIENT_CORE = 0, 1
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
STARTED = time.monotonic()


@dataclasses.dataclass
class Work:
    """What is asked of a server, and where both of them run."""

    connections: int = 64
    path: str = "/"
    fields: list = dataclasses.field(default_factory=list)
    script: str = None
    server_cores: tuple = (SERVER_CORE,)
    client_cores: tuple = (CLIENT_CORE,)


@dataclasses.dataclass
class Entrant:
    """A server in some rounds of a work."""

    server: object
    work: Work
    rounds: int


@dataclasses.dataclass
class Sample:
    """For one request: CPU seconds of the server, the 99th percentile of the latency in seconds; requests in a second."""

    cpu: float
    p99: float
    rate: float


def say(text):
    """Progress, with the time since the run began."""
    print(f"{time.monotonic() - STARTED:5.0f} s  {text}", file=sys.stderr, flush=True)


def processes_of(group):
    """The ids of all live processes of a process group."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[2]) == group:
                yield int(folder.name)


def cpu_seconds(group):
    """User and system time of a process group, all threads, to the nanosecond: clock_getcpuclockid(3)."""
    total = 0.0
    for process in processes_of(group):
        with contextlib.suppress(OSError):
            total += time.clock_gettime((~process << 3) | 2)
    return total


def resident_bytes(group):
    total = 0
    for process in processes_of(group):
        with contextlib.suppress(OSError, AttributeError):
            text = pathlib.Path(f"/proc/{process}/status").read_text()
            total += int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) * 1024
    return total


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def request_once(port, timeout=2.0):
    with socket.create_connection(("127.0.0.1", port), timeout) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        return client.recv(4096).startswith(b"HTTP/1.1 ")


def wait_until_answering(port, process):
    for _ in range(2000):
        if process.poll() is not None:
            raise SystemExit(f"the server ended at once: {process.args}")
        with contextlib.suppress(OSError):
            if request_once(port):
                return
        time.sleep(0.005)
    raise SystemExit(f"no answer: {process.args}")


@contextlib.contextmanager
def running(server, cores):
    """Yields (port, process group) of a server that answers, and ends it."""
    port = free_port()
    words = [str(word).replace("{port}", str(port)) for word in server.command]
    pinned = ["taskset", "-c", ",".join(map(str, cores)), *words]
    process = subprocess.Popen(pinned, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_answering(port, process)
        yield port, process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def run_wrk(port, work, seconds):
    cores = ",".join(map(str, work.client_cores))
    words = ["taskset", "-c", cores, "wrk", "-t1", "--latency", f"-d{seconds}s", f"-c{work.connections}"]
    words += [word for field in work.fields for word in ("-H", field)]
    words += ["-s", HERE / work.script] if work.script else []
    words.append(f"http://127.0.0.1:{port}{work.path}")
    text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text or re.search(r"Socket errors: .*(connect|read|write) [1-9]", text):
        raise SystemExit(f"{words} met errors:\n{text}")
    return text


def read_wrk(text, spent):
    """The sample of a run of wrk in which the server took `spent` seconds of CPU."""
    requests = int(re.search(r"(\d+) requests in", text).group(1))
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", text).groups()
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    return Sample(spent / max(requests, 1), float(number) * UNITS[unit], rate)


def load(port, group, work, seconds):
    run_wrk(port, work, 1)  # warms up
    before = cpu_seconds(group)
    text = run_wrk(port, work, seconds)
    return read_wrk(text, cpu_seconds(group) - before)


class Rounds:
    """Rounds over the servers of one work, so that a slow moment of the machine hits all of them alike."""

    def __init__(self):
        self.samples = {}

    def add(self, name, sample):
        self.samples.setdefault(name, []).append(sample)

    def names(self):
        return list(self.samples)

    def median(self, name, what):
        """`what` is a field of Sample."""
        return statistics.median(getattr(sample, what) for sample in self.samples[name])

    def ratio(self, name, to, what="cpu"):
        """The median of each round's own ratio; of the first rounds, when one of the two took part in these alone."""
        pairs = zip(self.samples[name], self.samples[to])
        return statistics.median(getattr(one, what) / getattr(other, what) for one, other in pairs)


def measure_rounds(title, entrants, seconds):
    result = Rounds()
    rounds = max(entrant.rounds for entrant in entrants)
    for number in range(rounds):
        for entrant in entrants:
            if number < entrant.rounds:
                name, work = entrant.server.name, entrant.work
                with running(entrant.server, work.server_cores) as (port, group):
                    sample = load(port, group, work, seconds)
                result.add(name, sample)
                say(f"{title}, round {number + 1} of {rounds}: {name}: {sample.cpu * 1e6:.2f} µs")
    return result


def allow_descriptors(count):
    """Raises the limit of this process and of those that it starts; returns how many descriptors there are then."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else max(hard, count)
    with contextlib.suppress(ValueError):  # the hard limit is root's to raise
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
        return wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def has_closed(clients):
    """Whether the server has closed one of them; none awaits an answer."""
    poll = select.poll()
    for client in clients:
        poll.register(client, select.POLLIN | select.POLLRDHUP)
    return bool(poll.poll(0))


@contextlib.contextmanager
def idle_clients(port, count):
    """Connections that have had one answer each and stay open."""
    clients = []
    try:
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", port), 5)
            clients.append(client)
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            client.recv(4096)
        yield
        if has_closed(clients):
            raise SystemExit("the server closed connections that were to stay open")
    finally:
        for client in clients:
            client.close()


def idle_bytes(server, count):
    """Memory that one idle connection takes."""
    with running(server, (SERVER_CORE,)) as (port, group):
        with idle_clients(port, 100):
            pass
        before = resident_bytes(group)
        with idle_clients(port, count):
            time.sleep(0.3)
            return (resident_bytes(group) - before) / count


@contextlib.contextmanager
def slow_clients(port, count):
    """Clients that send a byte of a request in each second."""
    clients = []
    is_over = threading.Event()

    def send_slowly():
        while not is_over.wait(1):
            for client in clients:
                client.send(b"x")

    try:
        for _ in range(count):
            clients.append(socket.create_connection(("127.0.0.1", port), 5))
            clients[-1].sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        sender = threading.Thread(target=send_slowly)
        sender.start()
        try:
            yield
        finally:
            is_over.set()
            sender.join()
    finally:
        for client in clients:
            client.close()


def behind_slow_ms(server, slow, rounds, patience=5.0):
    """How long one more client waits for its answer behind slow ones; infinity where `patience` seconds are not enough."""
    times = []
    for _ in range(rounds):
        with running(server, (SERVER_CORE,)) as (port, _), slow_clients(port, slow):
            time.sleep(1.5)  # a byte of each has come meanwhile
            begin = time.perf_counter()
            try:
                request_once(port, patience)
            except TimeoutError:
                return math.inf
            times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


def crowd_ratio(server, work, count, seconds, rounds):
    """CPU of a request while `count` idle connections are open too, to that with the active ones alone."""
    ratios = []
    for number in range(rounds):
        with running(server, work.server_cores) as (port, group):
            alone = load(port, group, work, seconds).cpu
            with idle_clients(port, count):
                ratios.append(load(port, group, work, seconds).cpu / alone)
        say(f"crowd, round {number + 1} of {rounds}: {server.name}: {ratios[-1]:.2f} of {alone * 1e6:.2f} µs")
    return statistics.median(ratios)


def start_milliseconds(server, rounds):
    """From exec to the first answer."""
    times = []
    for _ in range(rounds):
        port = free_port()
        words = [str(word).replace("{port}", str(port)) for word in server.command]
        begin = time.perf_counter()
        process = subprocess.Popen(words, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                request_once(port)
                break
            except OSError:
                time.sleep(0.0002)
        times.append((time.perf_counter() - begin) * 1000)
        process.terminate()
        process.wait(5)
    return statistics.median(times)
