#!/usr/bin/env python3
"""Writes what a release is made of, as a document of SPDX 2.3 in JSON: the tarball with its checksum, its files with theirs, and
the libraries that it is linked with. $SOURCE_DATE_EPOCH is its date, else it is now.

usage: sbom.py TARBALL VERSION > FILE.spdx.json
"""
import hashlib
import json
import os
import pathlib
import sys
import tarfile
import time

# Name, what pkg-config asks for, and licence of each library that libwserve.so needs beside the C and C++ ones; zlib and brotli
# unless it was built without.
LIBRARIES = [
    ("libevent", "libevent_core >= 2.1", "BSD-3-Clause", "https://libevent.org/"),
    ("http-parser", "libhttp_parser >= 2.9", "MIT", "https://github.com/nodejs/http-parser"),
    ("zlib", "zlib >= 1.2.11", "Zlib", "https://zlib.net/"),
    ("brotli", "libbrotlienc >= 1.0.7", "MIT", "https://github.com/google/brotli"),
]
COPYRIGHT = "2026 The libwserve authors"


def created() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))


def files(tarball: pathlib.Path) -> list[dict]:
    found = []
    with tarfile.open(tarball) as archive:
        for number, member in enumerate(one for one in archive if one.isfile()):
            content = archive.extractfile(member).read()
            found.append({
                "SPDXID": f"SPDXRef-File-{number}",
                "fileName": "./" + member.name.split("/", 1)[1],
                "checksums": [{"algorithm": "SHA1", "checksumValue": hashlib.sha1(content).hexdigest()},
                              {"algorithm": "SHA256", "checksumValue": hashlib.sha256(content).hexdigest()}],
                "licenseConcluded": "MIT", "licenseInfoInFiles": ["NOASSERTION"], "copyrightText": COPYRIGHT,
            })
    return found


def library(name: str, version: str, licence: str, home: str) -> dict:
    return {"SPDXID": f"SPDXRef-{name}", "name": name, "versionInfo": version.split(" ", 1)[1], "downloadLocation": home,
            "filesAnalyzed": False, "licenseConcluded": licence, "licenseDeclared": licence, "copyrightText": "NOASSERTION"}


def document(tarball: pathlib.Path, version: str) -> dict:
    contents = files(tarball)
    digest = hashlib.sha256(tarball.read_bytes()).hexdigest()
    hashes = "".join(sorted(one["checksums"][0]["checksumValue"] for one in contents))
    package = {
        "SPDXID": "SPDXRef-libwserve", "name": "libwserve", "versionInfo": version, "packageFileName": tarball.name,
        "downloadLocation": "NOASSERTION", "filesAnalyzed": True, "hasFiles": [one["SPDXID"] for one in contents],
        "packageVerificationCode": {"packageVerificationCodeValue": hashlib.sha1(hashes.encode()).hexdigest()},
        "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
        "licenseConcluded": "MIT", "licenseDeclared": "MIT", "licenseInfoFromFiles": ["MIT"], "copyrightText": COPYRIGHT,
    }
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-libwserve")]
    relations += [("SPDXRef-libwserve", "DYNAMIC_LINK", f"SPDXRef-{name}") for name, *_ in LIBRARIES]
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"libwserve-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/libwserve-{version}-{digest[:32]}",
        "creationInfo": {"created": created(), "creators": ["Organization: The libwserve authors", "Tool: tools/sbom.py"]},
        "packages": [package] + [library(*one) for one in LIBRARIES], "files": contents,
        "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other} for one, kind, other in relations],
    }


if __name__ == "__main__":
    json.dump(document(pathlib.Path(sys.argv[1]), sys.argv[2]), sys.stdout, indent=1)
    print()
