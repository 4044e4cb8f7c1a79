"""Starts a server alone on one core, loads it from another, and reads what it cost."""
import contextlib
import os
import pathlib
import re
import resource
import signal
import socket
import statistics
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
SERVER_CORE, CLIENT_CORE = 0, 1
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


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
def running(server, cores=(SERVER_CORE,)):
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


def run_wrk(port, work, seconds, connections=None):
    words = ["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", "--latency", f"-d{seconds}s"]
    words.append(f"-c{connections or work.connections}")
    words += [word for field in work.fields for word in ("-H", field)]
    words += ["-s", HERE / work.script] if work.script else []
    words.append(f"http://127.0.0.1:{port}{work.path}")
    text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text or re.search(r"Socket errors: .*(connect|read|write) [1-9]", text):
        raise SystemExit(f"{words} met errors:\n{text}")
    return text


def load(port, group, work, seconds, connections=None):
    """(CPU seconds of the server, p99 latency in seconds, requests in a second) for one request."""
    run_wrk(port, work, 1, connections)  # warms up
    before = cpu_seconds(group)
    text = run_wrk(port, work, seconds, connections)
    spent = cpu_seconds(group) - before
    requests = int(re.search(r"(\d+) requests in", text).group(1))
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", text).groups()
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    return spent / max(requests, 1), float(number) * UNITS[unit], rate


class Rounds:
    """Rounds over the servers of one work, so that a slow moment of the machine hits all of them alike."""

    def __init__(self):
        self.cpu, self.p99, self.rate = {}, {}, {}

    def add(self, name, cpu, p99, rate):
        for table, value in ((self.cpu, cpu), (self.p99, p99), (self.rate, rate)):
            table.setdefault(name, []).append(value)

    def names(self):
        return list(self.cpu)

    def cpu_of(self, name):
        return statistics.median(self.cpu[name])

    def p99_of(self, name):
        return statistics.median(self.p99[name])

    def ratio(self, name, to):
        """The median of each round's own ratio."""
        return statistics.median(a / b for a, b in zip(self.cpu[name], self.cpu[to]))


def measure_rounds(servers, work, rounds, seconds):
    result = Rounds()
    for _ in range(rounds):
        for server in servers:
            with running(server) as (port, group):
                result.add(server.name, *load(port, group, work, seconds))
    return result


def paired_ratio(server, work, other, other_work, rounds, seconds):
    """CPU of `server` to that of `other`, the median of the rounds."""
    ratios = []
    for _ in range(rounds):
        spent = []
        for one, its_work in ((server, work), (other, other_work)):
            with running(one) as (port, group):
                spent.append(load(port, group, its_work, seconds)[0])
        ratios.append(spent[0] / spent[1])
    return statistics.median(ratios)


def allow_many_descriptors():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


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
    finally:
        for client in clients:
            client.close()


def idle_bytes(server, count):
    """Memory that one idle connection takes."""
    with running(server) as (port, group):
        with idle_clients(port, 100):
            pass
        before = resident_bytes(group)
        with idle_clients(port, count):
            time.sleep(0.3)
            return (resident_bytes(group) - before) / count


def crowd_ratio(server, work, count, seconds, rounds):
    """CPU of a request while `count` connections are open, to that with the active ones alone."""
    ratios = []
    for _ in range(rounds):
        with running(server) as (port, group):
            alone = load(port, group, work, seconds)[0]
            with idle_clients(port, count):
                ratios.append(load(port, group, work, seconds)[0] / alone)
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
