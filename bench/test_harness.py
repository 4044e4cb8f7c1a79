#!/usr/bin/env python3
"""What bench/run makes of its figures. Nothing is measured here."""
import math
import pathlib
import socket
import subprocess
import sys
import threading
import unittest
import unittest.mock
import xml.etree.ElementTree

import chart
import measure
import report
import servers
import works
from measure import Sample

HERE = pathlib.Path(__file__).resolve().parent
WRK = """Running 2s test @ http://127.0.0.1:1/
  Latency Distribution
     50%    1.00ms
     99%    1.75ms
  1000 requests in 2.00s, 1.00MB read
Requests/sec:    500.25
Transfer/sec:      1.00MB
"""


def rounds_of(**samples):
    rounds = measure.Rounds()
    for name, cpus in samples.items():
        for cpu in cpus:
            rounds.add(name, Sample(cpu, 2 * cpu, 1 / cpu))
    return rounds


class RoundsTest(unittest.TestCase):
    def test_ratio_is_the_median_of_each_rounds_own(self):
        rounds = rounds_of(floor=[1.0, 2.0, 10.0], ours=[1.5, 2.0, 20.0])
        self.assertEqual(rounds.ratio("ours", "floor"), 1.5)
        self.assertEqual(rounds.median("ours", "cpu"), 2.0)

    def test_a_server_of_fewer_rounds_is_compared_in_these(self):
        rounds = rounds_of(floor=[1.0, 2.0, 100.0], peer=[3.0, 6.0])
        self.assertEqual(rounds.ratio("peer", "floor"), 3.0)
        self.assertEqual(rounds.ratio("floor", "peer"), 1 / 3)

    def test_ratio_of_another_field(self):
        rounds = rounds_of(nginx=[2.0], ours=[1.0])
        self.assertEqual(rounds.ratio("ours", "nginx", "p99"), 0.5)
        self.assertEqual(rounds.ratio("ours", "nginx", "rate"), 2.0)

    def test_rounds_interleave_and_end_when_a_server_has_had_its_own(self):
        entrants = [
            measure.Entrant(servers.Server("floor", []), measure.Work(), 3),
            measure.Entrant(servers.Server("peer", []), measure.Work(), 1),
        ]
        order = []
        with unittest.mock.patch.object(measure, "running") as running, \
                unittest.mock.patch.object(measure, "say"), \
                unittest.mock.patch.object(measure, "load", return_value=Sample(1.0, 1.0, 1.0)):
            running.return_value.__enter__.return_value = (1, 1)
            running.side_effect = lambda server, _cores: order.append(server.name) or running.return_value
            rounds = measure.measure_rounds("a work", entrants, 1)
        self.assertEqual(order, ["floor", "peer", "floor", "floor"])
        self.assertEqual([len(rounds.samples[name]) for name in rounds.names()], [3, 1])


class WrkTest(unittest.TestCase):
    def test_sample(self):
        self.assertEqual(measure.read_wrk(WRK, 0.5), Sample(0.0005, 0.00175, 500.25))

    def test_units(self):
        for text, seconds in (("900.00us", 0.0009), ("1.50s", 1.5), ("1.00m", 60.0)):
            self.assertAlmostEqual(measure.read_wrk(WRK.replace("1.75ms", text), 1.0).p99, seconds)

    def test_no_answer_at_all(self):
        self.assertEqual(measure.read_wrk(WRK.replace("1000 requests", "0 requests"), 0.5).cpu, 0.5)


class SlowClientsTest(unittest.TestCase):
    """A server of one thread, which cannot answer anybody while a client is slow, and one that can."""

    def waiting(self, answers_others):
        with socket.create_server(("127.0.0.1", 0)) as listening, \
                unittest.mock.patch.object(measure, "running") as running, \
                unittest.mock.patch.object(measure.time, "sleep"):
            running.return_value.__enter__.return_value = (listening.getsockname()[1], 1)
            held = []

            def serve():
                for _ in range(3):
                    client = listening.accept()[0]
                    held.append(client)
                    if b"X-Slow" not in client.recv(1000) and answers_others:
                        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

            server = threading.Thread(target=serve)
            server.start()
            try:
                return measure.behind_slow_ms(None, 2, 1, 0.2)
            finally:
                server.join()
                for client in held:
                    client.close()

    def test_an_answer_at_once(self):
        self.assertLess(self.waiting(answers_others=True), 200)

    def test_no_answer(self):
        self.assertEqual(self.waiting(answers_others=False), math.inf)


class ReportTest(unittest.TestCase):
    def test_a_goal_is_met_at_its_limit(self):
        made = report.Report()
        made.judge("a", "1.15 × floor", 1.15, 1.15)
        made.judge("b", "20 ms", 20.1, 20, "{:.1f} ms")
        made.note("c", "600 bytes", 500, "{:.0f} bytes")
        self.assertEqual(
            made.as_markdown(),
            "| work | goal, at most | measured | met |\n|---|---|---|---|\n"
            "| a | 1.15 × floor | 1.15 | yes |\n| b | 20 ms | 20.1 ms | no |\n| c | (600 bytes) | 500 bytes | – |\n",
        )

    def test_servers_by_work(self):
        made = report.Report()
        made.add_rounds("hello", rounds_of(floor=[1e-6], ours=[2e-6], peer=[3e-6]), "floor")
        made.add_rounds("fields", rounds_of(floor=[2e-6], ours=[3e-6]), "floor")
        self.assertEqual(
            made.as_markdown(),
            "| CPU of one request | hello | fields |\n|---|---|---|\n"
            "| floor | 1.00 (1.00 µs) | 1.00 (2.00 µs) |\n| ours | 2.00 (2.00 µs) | 1.50 (3.00 µs) |\n"
            "| peer | 3.00 (3.00 µs) | – |\n",
        )
        self.assertEqual(made.ratios["fields"], {"floor": 1.0, "ours": 1.5})

    def test_costs_without_a_floor(self):
        made = report.Report()
        made.add_costs(rounds_of(Puma=[0.0001]))
        self.assertIn("| Puma | 100.0 µs | 10,000 |", made.as_markdown())

    def test_only_what_is_between_the_markers_changes(self):
        begin, end = report.BEGIN.format("x"), report.END.format("x")
        document = f"before\n{begin}old\n{end}after\n"
        self.assertEqual(report.replace_part(document, "x", "new\n"), f"before\n{begin}new\n{end}after\n")
        with self.assertRaises(SystemExit):
            report.replace_part("no markers\n", "x", "new\n")

    def test_machine_names_the_kernel_by_number_alone(self):
        with unittest.mock.patch("platform.release", return_value="6.1.0-13-amd64"):
            text = report.machine("Medians", ["nginx 1.22.1"])
        self.assertRegex(text, r"(?s)^Medians.*\s6\.1\.0,\sbeside\snginx\s1\.22\.1\.\n$")

    def test_versions_of_packages(self):
        for text, version in (("2:1.19~1", "1.19"), ("1.22.1-9+deb12u1", "1.22.1"), ("1.15+dfsg-4", "1.15")):
            self.assertEqual(servers.upstream_version(text), version)


class ChartTest(unittest.TestCase):
    SVG = "{http://www.w3.org/2000/svg}"

    def drawn(self, ratios):
        return xml.etree.ElementTree.fromstring(chart.draw("CPU <of> one", ratios))

    def bars(self, tree):
        rects = [rect for rect in tree.iter(self.SVG + "rect") if rect.get("x") == str(chart.LEFT) and rect.get("y") != "32"]
        return [(float(rect.get("width")), rect.get("fill")) for rect in rects]

    def test_bars_are_as_long_as_their_ratios(self):
        tree = self.drawn({"hello": {"peer": 3.0, "floor": 1.0, "wserve, inline": 1.5}})
        lengths = [width for width, _ in self.bars(tree)]
        self.assertEqual(lengths, sorted(lengths))
        self.assertAlmostEqual(lengths[1] / lengths[0], 1.5, places=2)
        self.assertEqual([color for _, color in self.bars(tree)], [chart.THEIRS[0], chart.OURS[0], chart.THEIRS[0]])

    def test_a_long_bar_is_cut_and_tells_its_figure(self):
        tree = self.drawn({"hello": {"floor": 1.0, "Puma": 13.0}, "17 fields": {"floor": 1.0}})
        self.assertEqual(len(self.bars(tree)), 3)
        self.assertIn("13.00", [text.text for text in tree.iter(self.SVG + "text")])
        self.assertLessEqual(max(width for width, _ in self.bars(tree)), chart.WIDTH - chart.LEFT - chart.RIGHT)


class WorksTest(unittest.TestCase):
    def test_every_work_can_be_measured(self):
        for work in works.WORKS:
            self.assertTrue(callable(getattr(works.Bench, work)), work)

    def test_a_part_is_written_when_all_its_works_were_measured(self):
        self.assertEqual(works.parts_of(["bindings", "hello"]), ["bench/bindings.sh"])
        self.assertEqual(works.parts_of(works.WORKS), list(works.PARTS))

    def test_the_document_has_a_place_for_every_part(self):
        document = (HERE.parent / "docs" / "performance.md").read_text()
        for part in works.PARTS:
            self.assertIn("\nnew\n", report.replace_part(document, part, "\nnew\n"))

    def test_a_part_of_a_table_is_not_written(self):
        words = [sys.executable, HERE / "run", "--write", "--only", "hello"]
        told = subprocess.run(words, capture_output=True, text=True, check=False)
        self.assertEqual(told.returncode, 2)
        self.assertIn("--write needs all works of a table", told.stderr)


if __name__ == "__main__":
    unittest.main()
