"""What `make` stands on: the interpreter, the lock files, and the licence check."""

import re
import subprocess
import sys
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


class TestWhichPython:
    """Interpreters that answer the question as they are told: 0 good, 1 too old, 2 new enough only."""

    def chosen(self, folder: Path, answers: dict[str, int]) -> str:
        for name, answer in answers.items():
            python = folder / name
            python.parent.mkdir(parents=True, exist_ok=True)
            python.write_text(f"#!/bin/sh\nexit {answer}\n")
            python.chmod(0o755)
        done = subprocess.run(
            ["/bin/sh", str(ROOT / "tools/python.sh")],
            cwd=folder, env={"PATH": str(folder)}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    def test_an_optimized_one_before_the_first(self, tmp_path: Path) -> None:
        assert self.chosen(tmp_path, {"python3": 2, "python3.13": 1, "python3.12": 0}) == "python3.12"

    def test_the_first_of_equals(self, tmp_path: Path) -> None:
        assert self.chosen(tmp_path, {"python3": 0, "python3.14": 0}) == "python3"

    @pytest.mark.parametrize("answer", [0, 2])
    def test_the_one_that_there_is(self, tmp_path: Path, answer: int) -> None:
        assert self.chosen(tmp_path, {".venv/bin/python": answer, "python3": 0}) == ".venv/bin/python"

    def test_another_where_that_is_too_old(self, tmp_path: Path) -> None:
        assert self.chosen(tmp_path, {".venv/bin/python": 1, "python3": 0}) == "python3"

    def test_this_one_is_new_enough(self, tmp_path: Path) -> None:
        (tmp_path / "python3").symlink_to(sys.executable)
        assert self.chosen(tmp_path, {}) in ("python3", "/usr/bin/python3")


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
