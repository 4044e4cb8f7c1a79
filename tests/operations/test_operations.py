"""The command as an operator meets it: Prometheus, systemd and health checks.

usage: test_operations.py SOURCE_FOLDER WSERVE_COMMAND [unittest arguments]
"""
import contextlib
import json
import os
import pathlib
import pty
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(sys.argv[1]).resolve()
WSERVE = sys.argv[2]
PATIENCE = 60


@contextlib.contextmanager
def serving(*options, app="hello", **environment):
    """Its addresses: [application, metrics]"""
    command = [WSERVE, "--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0", *options, app]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment},
                               start_new_session=True)
    try:
        lines = [process.stdout.readline() for _ in range(2)]
        yield process, [re.search(r"http://[0-9.:]+", line).group() for line in lines]
    finally:
        process.terminate()
        process.wait(PATIENCE)
        process.stdout.close()


def ask(url, **fields):
    """(status, content type, text)"""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=fields), timeout=PATIENCE) as response:
            return response.status, response.headers["Content-Type"], response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


def ask_with_body(url, body):
    """status"""
    try:
        with urllib.request.urlopen(url, data=body, timeout=PATIENCE) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def eventually(question):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError("it never came true")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


class Metrics(unittest.TestCase):
    def test_promtool_finds_no_fault(self):
        with serving() as (_, (site, metrics)):
            ask(site)
            # It is counted when it has ended, shortly behind its last byte.
            eventually(lambda: "wserve_request_service_seconds_count 1\n" in ask(f"{metrics}/metrics")[2])
            status, kind, text = ask(f"{metrics}/metrics")
        self.assertEqual((status, kind), (200, "text/plain; version=0.0.4; charset=utf-8"))
        subprocess.run(["promtool", "check", "metrics"], input=text, text=True, check=True)
        self.assertIn('wserve_requests_total{methods="safe",status="2xx"} 1\n', text)
        self.assertIn("wserve_request_service_seconds_count 1\n", text)

    def test_open_metrics_for_who_asks(self):
        with serving() as (_, (_, metrics)):
            _, kind, text = ask(f"{metrics}/metrics", Accept="application/openmetrics-text; version=1.0.0")
        self.assertTrue(kind.startswith("application/openmetrics-text"))
        self.assertTrue(text.endswith("# EOF\n"))
        self.assertIn("# TYPE wserve_build info\n", text)
        self.assertIn("# TYPE wserve_timeouts counter\n", text)
        self.assertIn('\nwserve_timeouts_total{kind="idle"} 0\n', text)

    def test_a_real_prometheus_scrapes_and_answers(self):
        with serving() as (_, (site, metrics)), tempfile.TemporaryDirectory() as folder:
            for _ in range(7):
                ask(site)
            config = pathlib.Path(folder) / "prometheus.yml"
            config.write_text(f"""
global: {{scrape_interval: 1s}}
rule_files: ["{ROOT}/examples/prometheus/wserve.rules.yml"]
scrape_configs: [{{job_name: wserve, static_configs: [{{targets: ["{metrics[7:]}"]}}]}}]
""")
            port = free_port()
            prometheus = subprocess.Popen(
                ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                def value():
                    query = "sum(wserve_requests_total)"
                    with contextlib.suppress(OSError):
                        status, _, text = ask(f"http://127.0.0.1:{port}/api/v1/query?query={query}")
                        if status == 200:  # it starts with 503
                            return [sample["value"][1] for sample in json.loads(text)["data"]["result"]]
                eventually(lambda: value() == ["7"])
            finally:
                prometheus.terminate()
                prometheus.wait(PATIENCE)

    def test_alert_rules(self):
        with tempfile.TemporaryDirectory() as folder:
            rules = ROOT / "examples/prometheus/wserve.rules.yml"
            test = pathlib.Path(folder) / "test.yml"
            test.write_text((ROOT / "tests/operations/rules_test.yml").read_text().replace("RULES", str(rules)))
            subprocess.run(["promtool", "check", "rules", rules], check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["promtool", "test", "rules", test], check=True, stdout=subprocess.DEVNULL)

    def test_the_page_has_all_that_a_scrape_shows(self):
        def without_values(sample):
            return re.sub(r'="[^"]*"', "", sample)
        with serving() as (_, (_, metrics)):
            text = ask(f"{metrics}/metrics")[2]
        shown = {without_values(re.match(r"[^ {]+({[^}]*})?", line).group())
                 for line in text.splitlines() if not line.startswith("#")}
        page = (ROOT / "docs/metrics.md").read_text()
        told = {without_values(name) for row in re.findall(r"^\|[^|]*\|([^|]*)\|", page, re.M)
                for name in re.findall(r"`(wserve_[^`]+)`", row)}
        self.assertEqual(shown, told)

    def test_numbers_as_json(self):
        with serving() as (_, (_, metrics)):
            numbers = json.loads(ask(f"{metrics}/status.json")[2])
        self.assertEqual(numbers["workers_idle"] + numbers["workers_busy"], 4)
        self.assertEqual(sum(numbers["service_times"]["buckets"]), 0)


class AccessLog(unittest.TestCase):
    PAGE = (ROOT / "docs/operations.md").read_text()
    FILE = "/var/log/wserve/access.log"

    def logged(self, folder, *options, arguments=None):
        """The log of three requests: one answered, one refused, and one whose client has left."""
        log = pathlib.Path(folder) / "access.log"
        with serving(*options, **(arguments or {"app": "hello"})) as (_, (site, _)):
            ask(f"{site}/asked")
            address = ("127.0.0.1", int(site.rsplit(":", 1)[1]))
            for text in (b"no request\r\n\r\n", b"POST /left HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"):
                with socket.create_connection(address) as client:
                    client.sendall(text)
            eventually(lambda: log.exists() and len(log.read_text().splitlines()) == 3)
        return log

    def test_the_commands_of_the_page(self):
        commands = re.findall(r"^    ((?:jq|goaccess) .*)$", self.PAGE, re.M)
        self.assertEqual(len(commands), 3)
        said = {}
        for command in commands:
            with tempfile.TemporaryDirectory() as folder:
                form = "combined" if "COMBINED" in command else "json"
                log = self.logged(folder, f"--access-log={folder}/access.log", f"--access-log-format={form}")
                done = subprocess.run(command.replace(self.FILE, str(log)), shell=True, cwd=folder, check=True,
                                      stdout=subprocess.PIPE, text=True)
                said[command.split()[1][:3]] = done.stdout
                if form == "combined":
                    self.assertIn("/asked", (pathlib.Path(folder) / "report.html").read_text())
        self.assertEqual(said["-r"], "127.0.0.1\t/left\tclient_gone\n")
        self.assertRegex(said["-rs"], r"(?m)^[0-9.e-]+\t1\t/asked$")

    def test_the_ini_file_of_the_page(self):
        with tempfile.TemporaryDirectory() as folder:
            ini = pathlib.Path(folder) / "app.ini"
            text = re.search(r"^```ini\n(.*?)^```", self.PAGE, re.M | re.S).group(1)
            ini.write_text(text.replace(self.FILE, f"{folder}/access.log") + "[app:main]\nuse = egg:wserve#hello\n")
            log = self.logged(folder, arguments={"app": str(ini)})
            self.assertRegex(log.read_text(), r'(?m)^127\.0\.0\.1 - - \[.*\] "GET /asked HTTP/1\.1" 200 14 answered$')

    def test_it_says_what_the_server_has_added_and_who_connected(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "access.log"
            with serving(f"--access-log={log}", "--access-log-format=%h %{remote}p %{X-Request-ID}o %{Content-Length}o "
                         "%{Server}o", "--trusted-proxy=127.0.0.1", "--request-id-header=X-Request-ID",
                         "--trusted-proxy-headers=x-forwarded-for x-request-id") as (_, (site, _)):
                with socket.create_connection(("127.0.0.1", int(site.rsplit(":", 1)[1]))) as client:
                    port = client.getsockname()[1]
                    client.sendall(b"GET / HTTP/1.0\r\nX-Forwarded-For: 192.0.2.7\r\nX-Request-ID: its-id\r\n\r\n")
                    client.makefile("rb").read()
                eventually(lambda: log.exists() and log.read_text())
            self.assertEqual(log.read_text(), f"192.0.2.7 {port} its-id 14 wserve\n")

    def test_the_unit_may_write_it(self):
        unit = (ROOT / "examples/systemd/wserve.service").read_text()
        folder = re.search(r"^LogsDirectory=(.*)$", unit, re.M).group(1)
        rotated = (ROOT / "examples/logrotate/wserve").read_text()
        for text, place in ((self.PAGE, r"--access-log=(\S+)"), (self.PAGE, r"access_log = (\S+)"),
                            (rotated, r"^(/\S+) \{")):
            log = re.search(place, text, re.M).group(1)
            self.assertEqual(str(pathlib.Path(log).parent), f"/var/log/{folder}", place)


class Sizing(unittest.TestCase):
    def test_it_is_explained(self):
        done = subprocess.run([WSERVE, "--explain-sizing", "--threads=auto", "--loops=auto"], capture_output=True,
                              text=True, check=True)
        processors = int(re.search(r"^processors: (\d+);", done.stdout, re.M).group(1))
        self.assertIn(f"loops: {processors}, one for each processor\n", done.stdout)
        self.assertIn(f"threads: {min(64, 4 * processors)}, ", done.stdout)

    def test_it_serves_nothing(self):
        done = subprocess.run([WSERVE, "--explain-sizing", "hello"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)


class StatusPage(unittest.TestCase):
    def test_it_is_one_piece(self):
        with serving() as (_, (_, metrics)):
            status, kind, text = ask(f"{metrics}/")
        self.assertEqual((status, kind), (200, "text/html; charset=utf-8"))
        self.assertNotRegex(text, r"(src|href)=[\"'](?!data:,|/status\.json|/metrics)")
        self.assertNotRegex(text, r"https?:")

    def test_a_browser_draws_it(self):
        with serving() as (_, (site, metrics)), tempfile.TemporaryDirectory() as folder:
            ask(site)
            done = subprocess.run(
                ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}",
                 "--virtual-time-budget=9000", "--dump-dom", f"{metrics}/"],
                capture_output=True, text=True, check=True, timeout=2 * PATIENCE)
        drawn = done.stdout.split("<script>")[0]
        self.assertIn(">serves</span>", drawn)
        self.assertRegex(drawn, r"<output>\d")
        self.assertNotIn("<output>–</output>", drawn)
        self.assertRegex(drawn, r'<polyline points="\d+,\d')
        self.assertIn("<td>workers_idle</td><td>4</td>", drawn)


class Systemd(unittest.TestCase):
    def test_notifications(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(f"{folder}/notify")
            manager.settimeout(PATIENCE)
            with serving("--systemd-notify", "--loops=2", NOTIFY_SOCKET=f"{folder}/notify",
                         WATCHDOG_USEC="200000") as (process, _):
                self.assertTrue(manager.recv(4096).startswith(b"READY=1\nSTATUS=serves on 127.0.0.1:"))
                self.assertEqual(manager.recv(4096), b"WATCHDOG=1")
                self.assertEqual(manager.recv(4096), b"WATCHDOG=1")
                process.send_signal(signal.SIGTERM)
                while (text := manager.recv(4096)) == b"WATCHDOG=1":
                    pass
                self.assertTrue(text.startswith(b"STOPPING=1\n"))

    def test_a_manager_that_is_busy_hears_it(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, \
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as others:
            manager.bind(f"{folder}/notify")
            manager.settimeout(PATIENCE)
            others.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    others.sendto(b"busy", f"{folder}/notify")
            with serving("--systemd-notify", NOTIFY_SOCKET=f"{folder}/notify"):
                while (text := manager.recv(4096)) == b"busy":
                    pass
                self.assertTrue(text.startswith(b"READY=1\n"))

    def test_a_configuration_that_is_read_again(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(f"{folder}/notify")
            manager.settimeout(PATIENCE)
            ini = pathlib.Path(folder) / "app.ini"
            text = "[server:main]\nuse = egg:wserve#main\nmax_request_body_size = {}\n[app:main]\nuse = egg:wserve#echo\n"
            ini.write_text(text.format(10))
            with serving("--systemd-notify", "--queue-limit=77", app=str(ini), NOTIFY_SOCKET=f"{folder}/notify") as (
                    process, (site, metrics)):
                self.assertTrue(manager.recv(4096).startswith(b"READY=1\n"))
                self.assertEqual(ask_with_body(site, b"x" * 20), 413)
                ini.write_text(text.format(30))
                process.send_signal(signal.SIGHUP)
                self.assertRegex(manager.recv(4096), rb"^RELOADING=1\nMONOTONIC_USEC=\d+$")
                self.assertTrue(manager.recv(4096).startswith(b"READY=1\n"))
                self.assertEqual(process.stdout.readline(), "Configuration read again\n")
                self.assertEqual(ask_with_body(site, b"x" * 20), 200)
                self.assertIn('queue_limit="77"', ask(f"{metrics}/metrics")[2])  # the command line goes before
                ini.write_text(text.format("many"))
                process.send_signal(signal.SIGHUP)
                ini.write_text(text.format(15))
                time.sleep(0.2)
                process.send_signal(signal.SIGHUP)
                eventually(lambda: ask_with_body(site, b"x" * 20) == 413)

    def test_it_ends_while_it_reads_for_ever(self):
        with tempfile.TemporaryDirectory() as folder:
            ini = pathlib.Path(folder) / "app.ini"
            ini.write_text("[server:main]\nuse = egg:wserve#main\n[app:main]\nuse = egg:wserve#hello\n")
            with serving(app=str(ini)) as (process, _):
                ini.unlink()
                os.mkfifo(ini)
                process.send_signal(signal.SIGHUP)
                eventually(lambda: any("wait_for_partner" in task.read_text()
                                       for task in pathlib.Path(f"/proc/{process.pid}/task").glob("*/wchan")) or time.sleep(1) is None)
                process.terminate()
                self.assertEqual(process.wait(PATIENCE), 0)

    def test_a_terminal_that_goes_ends_it(self):
        with tempfile.TemporaryDirectory() as folder:
            ini = pathlib.Path(folder) / "app.ini"
            ini.write_text("[server:main]\nuse = egg:wserve#main\nlisten = 127.0.0.1:0\n[app:main]\nuse = egg:wserve#hello\n")
            child, terminal = pty.fork()
            if child == 0:
                os.execv(WSERVE, [WSERVE, str(ini)])
            said = b""
            while b"Serving on" not in said:
                said += os.read(terminal, 4096)
            os.close(terminal)  # which sends SIGHUP
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)

    def test_nothing_is_said_to_nobody(self):
        with serving("--systemd-notify", NOTIFY_SOCKET="/nonexistent/notify") as (_, (site, _)):
            self.assertEqual(ask(site)[0], 200)

    def unit(self, folder):
        text = (ROOT / "examples/systemd/wserve.service").read_text()
        unit = pathlib.Path(folder) / "wserve.service"
        unit.write_text(text.replace("/usr/local/bin/wserve", WSERVE))
        return unit

    def test_the_unit_is_understood(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", self.unit(folder)],
                                  capture_output=True, text=True, check=False)
        self.assertNotIn("wserve.service", done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_unit_is_hardened(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=20", self.unit(folder)],
                                  capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
