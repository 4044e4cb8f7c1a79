"""Builds wserve._native against the library that pkg-config finds. With WSERVE_BUNDLE=1 the wheel contains it."""
import os
import pathlib
import shlex
import shutil
import subprocess
import sysconfig

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from wheel.bdist_wheel import bdist_wheel

BUNDLE = os.environ.get("WSERVE_BUNDLE") == "1"
# Interpreters without a lock have no limited API, and those for debugging count references outside of it: see native.h.
IS_LIMITED = not (sysconfig.get_config_var("Py_GIL_DISABLED") or sysconfig.get_config_var("Py_DEBUG"))


def pkg_config(*what):
    try:
        said = subprocess.run(["pkg-config", *what, "wserve"], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"wserve.pc is not found: install libwserve, or set PKG_CONFIG_PATH ({error})") from None
    return shlex.split(said)


class BuildExt(build_ext):
    def run(self):
        super().run()
        if BUNDLE:
            folder = pathlib.Path(pkg_config("--variable=libdir")[0])
            shutil.copy(folder / "libwserve.so.1", pathlib.Path(self.get_ext_fullpath("wserve._native")).parent)


class BdistWheel(bdist_wheel):
    """One wheel for every CPython from 3.11 on: the extension uses the limited API."""

    def get_tag(self):
        tag = super().get_tag()
        return ("cp311", "abi3", tag[2]) if IS_LIMITED else tag


def extension():
    libdir = pkg_config("--variable=libdir")[0]
    return Extension(
        "wserve._native",
        sources=[f"native/{name}.c" for name in ("body", "environ", "headers", "input", "loop", "module", "request",
                                                 "response", "serve", "server", "stream")],
        depends=["native/native.h", "native/server.h"],
        extra_compile_args=["-std=gnu11", "-fvisibility=hidden", *pkg_config("--cflags")],
        extra_link_args=[*pkg_config("--libs"), f"-Wl,-rpath,{'$ORIGIN' if BUNDLE else libdir}"],
        py_limited_api=IS_LIMITED)


setup(ext_modules=[extension()], cmdclass={"build_ext": BuildExt, "bdist_wheel": BdistWheel})
