"""pip install of the folder, against an installed library, and a wheel that contains the library."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest
import zipfile

from support import ROOT, FolderTest

BUILD = pathlib.Path(os.environ.get("WSERVE_BUILD", ""))
DEBUGGED = os.environ.get("WSERVE_PYTHON_DEBUG", "")
USE = """
import threading, urllib.request, wserve, wserve._native
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"installed"]
server = wserve.create_server(app, listen="127.0.0.1:0")
threading.Thread(target=server.run).start()
print(urllib.request.urlopen(f"http://127.0.0.1:{server.effective_port}").read().decode(), wserve._native.__file__)
server.drain(1)
"""


@unittest.skipUnless(BUILD.name, "WSERVE_BUILD names the build whose library is installed")
class Package(FolderTest):
    def setUp(self):
        super().setUp()
        self.prefix = self.folder / "prefix"
        self.run_command("cmake", "--install", str(BUILD), "--prefix", str(self.prefix))
        self.pkg_config = next(self.prefix.rglob("wserve.pc"))
        self.source = self.folder / "python"
        shutil.copytree(ROOT / "bindings/python", self.source, ignore=shutil.ignore_patterns("__pycache__", "tests"))

    def run_command(self, *command, **environment):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=self.folder,
                              env={**os.environ, **environment})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def pip(self, *words, python=sys.executable, **environment):
        return self.run_command(python, "-m", "pip", *words, "--no-build-isolation", "--no-deps", "--no-index",
                                "--disable-pip-version-check", PKG_CONFIG_PATH=str(self.pkg_config.parent),
                                PYTHONPATH="", **environment)

    def use(self, site, **environment):
        said = self.run_command(sys.executable, "-X", "dev", "-c", USE, PYTHONPATH=str(site), **environment)
        self.assertTrue(said.startswith(f"installed {site}"), said)

    def test_installed(self):
        site = self.folder / "site"
        self.pip("install", "--target", str(site), str(self.source))
        self.use(site)
        command = site / "bin/wserve-serve"
        self.assertIn("Usage:", self.run_command(str(command), "--help", PYTHONPATH=str(site)))
        points = (next(site.glob("wserve-*.dist-info")) / "entry_points.txt").read_text()
        for group in ("paste.server_runner", "paste.server_factory", "console_scripts"):
            self.assertIn(group, points)

    def test_wheel_with_the_library(self):
        wheels = self.folder / "wheels"
        self.pip("wheel", "--wheel-dir", str(wheels), str(self.source), WSERVE_BUNDLE="1")
        wheel = next(wheels.glob("*.whl"))
        self.assertRegex(wheel.name, r"^wserve-[\d.]+-cp311-abi3-linux_\w+\.whl$")
        names = zipfile.ZipFile(wheel).namelist()
        for name in ("wserve/libwserve.so.1", "wserve/py.typed", "wserve/_native.pyi", "wserve/server.py"):
            self.assertIn(name, names)
        site = self.folder / "site"
        zipfile.ZipFile(wheel).extractall(site)
        shutil.rmtree(self.prefix)  # the wheel needs it no more
        self.use(site)

    @unittest.skipUnless(DEBUGGED, "WSERVE_PYTHON_DEBUG names no interpreter that counts references")
    def test_wheel_for_an_interpreter_that_counts_references(self):
        """It is for that one alone, as one for an interpreter without a lock is."""
        wheels = self.folder / "wheels"
        self.pip("wheel", "--wheel-dir", str(wheels), str(self.source), python=DEBUGGED)
        self.assertRegex(next(wheels.glob("*.whl")).name, r"^wserve-[\d.]+-cp(\d+)-cp\1d-linux_\w+\.whl$")

    def test_its_version_is_the_librarys(self):
        project = (ROOT / "bindings/python/pyproject.toml").read_text()
        library = (ROOT / "CMakeLists.txt").read_text()
        self.assertEqual(re.search(r'^version = "(.*)"', project, re.M).group(1),
                         re.search(r"project\(wserve VERSION (\S+)", library).group(1))


if __name__ == "__main__":
    unittest.main()
