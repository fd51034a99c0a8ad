"""What `make` stands on: the lock files, and the licence check."""

import re
import tomllib
from email.message import Message
from pathlib import Path

import pytest

from bench import summary
from tools.licences import allowed, licence_of

ROOT = Path(__file__).resolve().parent.parent


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def wanted(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~; ]", line)[0].lower().replace("_", "-") for line in requirements}


class TestLocks:
    def test_hold_every_dependency(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        runtime = wanted(project["project"]["dependencies"] + project["dependency-groups"]["build"])
        assert runtime <= pins("requirements.lock").keys(), "run make lock"
        assert wanted(project["dependency-groups"]["dev"]) <= pins("requirements-dev.lock").keys(), "run make lock"

    def test_development_has_the_versions_that_users_get(self) -> None:
        assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items(), "run make lock"

    @pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
    def test_name_no_address_and_hash_every_file(self, lock: str) -> None:
        text = (ROOT / lock).read_text()
        assert "://" not in text
        assert len(re.findall(r"^\S+==.* \\\n    --hash=sha256:", text, re.MULTILINE)) == len(pins(lock))


class TestLicences:
    @pytest.mark.parametrize(
        "licence",
        ["MIT", "Apache-2.0 OR GPL-3.0-only", "LGPL-3.0", "GNU Lesser General Public License v3 (LGPLv3)", "MPL-2.0"],
    )
    def test_allowed(self, licence: str) -> None:
        assert allowed(licence)

    @pytest.mark.parametrize(
        "licence",
        [
            "",
            "GPL-3.0-only",
            "AGPL-3.0",
            "MIT AND GPL-2.0",
            "GNU General Public License v3 (GPLv3)",
            "GNU Affero",
            "GPLv2+",
        ],
    )
    def test_refused(self, licence: str) -> None:
        assert not allowed(licence)

    @pytest.mark.parametrize(
        ("fields", "licence"),
        [
            ({"License-Expression": "MIT", "License": "something else"}, "MIT"),
            ({"Classifier": "License :: OSI Approved :: BSD License", "License": "long text"}, "BSD License"),
            ({"Classifier": "License :: OSI Approved", "License": "MIT\nPermission is granted"}, "MIT"),
            ({"License": "UNKNOWN"}, ""),
            ({}, ""),
        ],
    )
    def test_best_source_wins(self, fields: dict[str, str], licence: str) -> None:
        package = Message()
        for name, value in fields.items():
            package[name] = value
        assert licence_of(package) == licence  # type: ignore[arg-type]  # a Message is what metadata() returns


@pytest.mark.parametrize("name", summary.HEADS)
def test_the_readmes_quote_the_benchmarks_as_they_are(name: str) -> None:
    text = (summary.ROOT / name).read_text(encoding="utf-8")
    assert text == summary.with_summary(name, text), "python -m bench.summary writes it anew"
