"""What py.typed promises: programs can be checked, the package is, and the stubs say what the extension has."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import wserve
from support import TESTS

PACKAGE = pathlib.Path(wserve.__file__).parent


class Types(unittest.TestCase):
    def assert_success(self, *command):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, "-m", *command], text=True, stdout=subprocess.PIPE, cwd=folder,
                                  stderr=subprocess.STDOUT, check=False,
                                  env={**os.environ, "MYPYPATH": f"{PACKAGE.parent}:{TESTS}"})
        self.assertIn("Success: no issues found", done.stdout)

    def test_the_package_and_a_users_program(self):
        self.assert_success("mypy", "--strict", "-p", "wserve", "-m", "typed_program")

    def test_stubs_are_what_the_extension_has(self):
        self.assert_success("mypy.stubtest", "wserve._native")


if __name__ == "__main__":
    unittest.main()
