#!/usr/bin/env python3
"""Makes the SPDX document of a small release, and fails when it lacks what SPDX 2.3 asks for, when an identifier is there twice or
nowhere, when a checksum is wrong, or when a library that libwserve.so is linked with is not named. Where `reuse` is installed, the
licences of all files are known; LICENSE is the text that REUSE has.

usage: check_sbom.py SOURCE_FOLDER LIBWSERVE_SO
"""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

DOCUMENT = ("spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo", "packages", "files", "relationships")
PACKAGE = ("SPDXID", "name", "versionInfo", "downloadLocation", "filesAnalyzed", "licenseConcluded", "licenseDeclared", "copyrightText")
FILE = ("SPDXID", "fileName", "checksums", "licenseConcluded", "copyrightText")
# What the C++ compiler links by itself.
SYSTEM = {"libstdc++", "libm", "libgcc_s", "libc", "libpthread", "ld-linux-x86-64"}
NAMES = {"libevent_core-2.1": "libevent", "libhttp_parser": "http-parser", "libz": "zlib", "libbrotlienc": "brotli"}


def made_document(root: pathlib.Path, tarball: pathlib.Path) -> dict:
    result = subprocess.run([sys.executable, root / "tools" / "sbom.py", tarball, "1.0.0"], check=True, capture_output=True, text=True,
                            env={**os.environ, "SOURCE_DATE_EPOCH": "86400"})
    return json.loads(result.stdout)


def problems_of(document: dict, tarball: pathlib.Path, text: bytes) -> list[str]:
    found = [f"no {key}" for key in DOCUMENT if not document.get(key)]
    found += [f"a package has no {key}" for one in document["packages"] for key in PACKAGE if key not in one]
    found += [f"a file has no {key}" for one in document["files"] for key in FILE if key not in one]
    ids = [one["SPDXID"] for one in [document, *document["packages"], *document["files"]]]
    found += [f"{one} is there twice" for one in set(ids) if ids.count(one) > 1]
    found += [f"{one} is no identifier" for one in ids if not re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", one)]
    used = [end for one in document["relationships"] for end in (one["spdxElementId"], one["relatedSpdxElement"])]
    found += [f"nothing is called {one}" for one in used + document["packages"][0]["hasFiles"] if one not in ids]
    if document["creationInfo"]["created"] != "1970-01-02T00:00:00Z":
        found.append(f"its date is {document['creationInfo']['created']}")
    if document["packages"][0]["checksums"][0]["checksumValue"] != hashlib.sha256(tarball.read_bytes()).hexdigest():
        found.append("another checksum than the tarball has")
    if document["files"][0]["checksums"][1]["checksumValue"] != hashlib.sha256(text).hexdigest():
        found.append("another checksum than a file has")
    return found


def unnamed_libraries(document: dict, library: pathlib.Path) -> list[str]:
    said = subprocess.run(["objdump", "-p", library], check=True, capture_output=True, text=True).stdout
    needed = {name.split(".so")[0] for name in re.findall(r"NEEDED\s+(\S+)", said)} - SYSTEM
    named = {one["name"] for one in document["packages"]}
    return [f"{name} is not named" for name in sorted(needed) if NAMES.get(name, name) not in named]


def main() -> int:
    root, library = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as place:
        tarball = pathlib.Path(place) / "libwserve-1.0.0.tar.gz"
        with tarfile.open(tarball, "w:gz") as archive:
            archive.add(root / "LICENSE", "libwserve-1.0.0/LICENSE")
        document = made_document(root, tarball)
        problems = problems_of(document, tarball, (root / "LICENSE").read_bytes())
    problems += unnamed_libraries(document, library)
    if (root / "LICENSE").read_text() != (root / "LICENSES" / "MIT.txt").read_text():
        problems.append("LICENSES/MIT.txt is not LICENSE")
    if shutil.which("reuse") and (root / ".git").exists():
        lint = subprocess.run(["reuse", "--root", root, "lint"], capture_output=True, text=True)
        problems += [lint.stdout] * (lint.returncode != 0)
    print("\n".join(problems) or f"{len(document['packages'])} packages")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
