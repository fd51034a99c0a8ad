"""Print the licence of every runtime dependency, and of each npm package that the pages are built with.

Fail on one that would bind whoever ships Shangmai.

    .venv/bin/python tools/licences.py

GPL and AGPL are refused, LGPL is not (dependencies are used unmodified). A package whose metadata names no licence is
refused too, until a person has read its licence text and entered it in READ_BY_A_PERSON.
"""

import json
import re
import sys
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
NPM_LOCKS = sorted((LOCK.parent / "web").glob("*/package-lock.json"))
COPYLEFT = re.compile(r"\bA?GPL|Affero|(?<!Lesser )General Public", re.IGNORECASE)
READ_BY_A_PERSON: dict[str, str] = {
    "string.fromcodepoint": "MIT",  # 0.2.1, for the build of the mall: its package.json spells the field otherwise
    "zen-engine": "MIT",  # 2.1.3: the wheel has the text, its metadata do not name it
}


def main() -> int:
    """Print the list and return the exit code."""
    refused = []
    for name in re.findall(r"^([a-z0-9._-]+)==", LOCK.read_text(), re.MULTILINE):
        try:
            licence = READ_BY_A_PERSON.get(name) or licence_of(metadata(name))
        except PackageNotFoundError:
            print(f"{name:<28}not installed: not needed on this platform")
            continue
        print(f"{name:<28}{licence or 'UNKNOWN'}")
        if not allowed(licence):
            refused.append(name)
    for name, licence in npm_packages():
        print(f"{name:<60}{licence or 'UNKNOWN'}")
        if not allowed(licence):
            refused.append(name)
    if refused:
        print(
            f"\nNot usable here: {', '.join(refused)}. Use another package, or read its licence text and enter it "
            f"in READ_BY_A_PERSON in tools/licences.py."
        )
    return 1 if refused else 0


def npm_packages() -> list[tuple[str, str]]:
    """Give every package of the locks with its licence, empty when the lock tells none."""
    found = set()
    for lock in NPM_LOCKS:
        for path, package in json.loads(lock.read_text())["packages"].items():
            name = path.rpartition("node_modules/")[2]
            if name:
                found.add((name, READ_BY_A_PERSON.get(name) or str(package.get("license") or "")))
    return sorted(found)


def licence_of(package: PackageMetadata) -> str:
    """Return what the metadata says, best source first: SPDX expression, classifiers, free text; empty when nothing."""
    if "License-Expression" in package:
        return package["License-Expression"]
    classifiers = [c for c in package.get_all("Classifier") or [] if c.startswith("License :: ")]
    named = [c.removeprefix("License :: ").removeprefix("OSI Approved :: ") for c in classifiers]
    if named := [n for n in named if n != "OSI Approved"]:
        return " AND ".join(named)
    text = package["License"].strip() if "License" in package else ""
    return "" if text == "UNKNOWN" else text.partition("\n")[0]


def allowed(licence: str) -> bool:
    """Whether one of the licences offered (A OR B) is free of the GPL and AGPL; an unknown one is not."""
    return bool(licence) and any(not COPYLEFT.search(choice) for choice in re.split(r"\bOR\b", licence))


if __name__ == "__main__":
    sys.exit(main())
