"""Settings: what is misspelt or wrong is named, secrets stay hidden, and the key file is private and made once."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from rich.pretty import pretty_repr

from shangmai.kernel import settings
from shangmai.kernel.settings import BadKeyFile, BadSettings, Setting, Settings, describe, read_or_make_keys

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
OLD_TEXT, NEW_TEXT = base64.b64encode(OLD).decode(), base64.b64encode(NEW).decode()


def refusal_of(env: dict[str, str]) -> BadSettings:
    with pytest.raises(BadSettings) as refused:
        Settings.load(env)
    return refused.value


class TestLoad:
    def test_defaults(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert msgspec.structs.asdict(Settings.load({})) == {
            "home": tmp_path / "var",
            "database_url": None,
            "host": "127.0.0.1",
            "port": 8765,
            "public_url": None,
            "api_processes": 1,
            "worker_concurrency": 16,
            "pool_size": 10,
            "secret_key": None,
            "files_url": None,
            "lang": "zh-CN",
            "timezone": "Asia/Shanghai",
            "currency": "CNY",
            "log_level": "info",
            "log_format": "json",
            "codes": "off",
            "backups_kept": 7,
            "demo": False,
        }

    def test_every_value_is_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        env = {
            "HOME": "data",
            "DATABASE_URL": "postgresql://shop:pw@db/shangmai",
            "HOST": "0.0.0.0",
            "PORT": "0",
            "PUBLIC_URL": "https://shop.example",
            "API_PROCESSES": "2",
            "WORKER_CONCURRENCY": "3",
            "POOL_SIZE": "4",
            "SECRET_KEY": OLD_TEXT,
            "FILES_URL": "s3://bucket/prefix",
            "LANG": "en",
            "TIMEZONE": "Europe/London",
            "CURRENCY": "GBP",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "console",
            "CODES": "log",
            "BACKUPS_KEPT": "30",
            "DEMO": "true",
        }
        loaded = Settings.load({f"SHANGMAI_{name}": text for name, text in env.items()})
        assert msgspec.structs.astuple(loaded) == (
            tmp_path / "data",
            "postgresql://shop:pw@db/shangmai",
            "0.0.0.0",
            0,
            "https://shop.example",
            2,
            3,
            4,
            OLD_TEXT,
            "s3://bucket/prefix",
            "en",
            "Europe/London",
            "GBP",
            "debug",
            "console",
            "log",
            30,
            True,
        )

    def test_other_variables_do_not_concern_it(self) -> None:
        assert Settings.load({"PORT": "1", "HOME": "/x", "XSHANGMAI_PORT": "2"}).port == 8765

    def test_an_empty_variable_counts_as_not_set(self) -> None:
        assert Settings.load({"SHANGMAI_PORT": " ", "SHANGMAI_DATABASE_URL": ""}).port == 8765

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("API_PROCESSES", "1"),
            ("API_PROCESSES", "256"),
            ("WORKER_CONCURRENCY", "1"),
            ("WORKER_CONCURRENCY", "1000"),
            ("POOL_SIZE", "1"),
            ("POOL_SIZE", "1000"),
            ("PORT", "65535"),
        ],
    )
    def test_the_limits_are_allowed(self, name: str, text: str) -> None:
        assert getattr(Settings.load({f"SHANGMAI_{name}": text}), name.lower()) == int(text)

    def test_reads_the_environment_by_default(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SHANGMAI_PORT", "1234")
        assert Settings.load().port == 1234

    def test_files_are_in_home_unless_told_otherwise(self) -> None:
        assert Settings.load({"SHANGMAI_HOME": "/data"}).files_location() == "/data/files"
        assert Settings.load({"SHANGMAI_FILES_URL": "s3://b"}).files_location() == "s3://b"


class TestRefused:
    def test_a_misspelt_variable_with_the_nearest_names(self) -> None:
        refused = refusal_of({"SHANGMAI_PROT": "1"})
        [(variable, why)] = refused.fields
        assert variable == "SHANGMAI_PROT"
        assert why.startswith("there is no such setting; did you mean SHANGMAI_PORT")
        assert variable in str(refused)

    def test_a_variable_like_no_other_with_all_names(self) -> None:
        [(_, why)] = refusal_of({"SHANGMAI_ZZZZZZZZZZZZZZZZZZZZZZZZ": "1"}).fields
        assert all(row.variable in why for row in describe())

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("PORT", "http"),
            ("PORT", "65536"),
            ("PORT", "-1"),
            ("API_PROCESSES", "0"),
            ("POOL_SIZE", "1.5"),
            ("DEMO", "maybe"),
            ("LANG", "fr"),
            ("LOG_LEVEL", "INFO!"),
            ("LOG_FORMAT", "xml"),
            ("DATABASE_URL", "mysql://db/x"),
            ("PUBLIC_URL", "shop.example"),
            ("FILES_URL", "ftp://files"),
            ("TIMEZONE", "Asia/Shangai"),
            ("CURRENCY", "RMB"),
            ("SECRET_KEY", "secret"),
            ("SECRET_KEY", base64.b64encode(b"short").decode()),
            ("SECRET_KEY", f"{OLD_TEXT},"),
            ("SECRET_KEY", f"!{OLD_TEXT}"),
            ("API_PROCESSES", "257"),
            ("WORKER_CONCURRENCY", "0"),
            ("WORKER_CONCURRENCY", "1001"),
            ("POOL_SIZE", "0"),
            ("POOL_SIZE", "1001"),
        ],
    )
    def test_a_bad_value_by_its_variable(self, name: str, text: str) -> None:
        refused = refusal_of({f"SHANGMAI_{name}": text})
        assert [field.path for field in refused.fields] == [f"SHANGMAI_{name}"]
        assert f"SHANGMAI_{name}: {refused.fields[0].message}" in str(refused)

    def test_all_at_once(self) -> None:
        refused = refusal_of({"SHANGMAI_PROT": "1", "SHANGMAI_PORT": "x", "SHANGMAI_LANG": "fr"})
        assert [field.path for field in refused.fields] == ["SHANGMAI_PROT", "SHANGMAI_PORT", "SHANGMAI_LANG"]


class TestSecrets:
    def test_never_show(self) -> None:
        loaded = Settings.load(
            {
                "SHANGMAI_SECRET_KEY": OLD_TEXT,
                "SHANGMAI_DATABASE_URL": "postgresql://shop:hunter2@db/x",
                "SHANGMAI_FILES_URL": "s3://id:hunter3@bucket",
            }
        )
        for text in (repr(loaded), str(loaded), pretty_repr(loaded), str(loaded.shown())):
            assert OLD_TEXT not in text
            assert "hunter" not in text
        assert loaded.shown()["database_url"] == "postgresql://***@db/x"
        assert loaded.shown()["port"] == "8765"

    def test_a_refused_key_does_not_show_in_the_refusal(self) -> None:
        assert "hunter2" not in str(refusal_of({"SHANGMAI_SECRET_KEY": "hunter2"}))


class TestDescribe:
    def test_names_every_setting(self) -> None:
        rows = {row.variable: row for row in describe()}
        assert len(rows) == len(msgspec.structs.fields(Settings)) == 18
        assert all(row.meaning for row in rows.values())

    @pytest.mark.parametrize(
        ("variable", "type", "default"),
        [
            ("SHANGMAI_HOME", "path", ""),
            ("SHANGMAI_PORT", "int", "8765"),
            ("SHANGMAI_DATABASE_URL", "str", ""),
            ("SHANGMAI_LANG", "zh-CN | en", "zh-CN"),
            ("SHANGMAI_CURRENCY", "str", "CNY"),
            ("SHANGMAI_DEMO", "bool", "false"),
        ],
    )
    def test_type_and_default(self, variable: str, type: str, default: str) -> None:
        row = next(row for row in describe() if row.variable == variable)
        assert row == Setting(variable, type, default, row.meaning)


class TestMasterKeys:
    def test_from_the_variable_newest_last(self, tmp_path: Path) -> None:
        env = {"SHANGMAI_SECRET_KEY": f"{OLD_TEXT}, {NEW_TEXT}", "SHANGMAI_HOME": str(tmp_path)}
        assert Settings.load(env).master_keys() == (OLD, NEW)
        assert list(tmp_path.iterdir()) == []

    def test_are_made_once_and_kept(self, tmp_path: Path) -> None:
        loaded = Settings.load({"SHANGMAI_HOME": str(tmp_path / "new" / "home")})
        [key] = loaded.master_keys()
        assert len(key) == 32
        assert loaded.master_keys() == (key,)

    def test_are_on_disk_before_they_are_used(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        synced: list[int] = []
        monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
        read_or_make_keys(tmp_path / "secret.key")
        assert synced == [45]  # base64 of 32 bytes, and the end of the line

    def test_two_installations_have_two_keys(self, tmp_path: Path) -> None:
        assert read_or_make_keys(tmp_path / "a") != read_or_make_keys(tmp_path / "b")

    def test_the_file_is_the_owners_alone_whatever_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            read_or_make_keys(tmp_path / "secret.key")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
        assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]

    def test_a_line_added_is_the_newest(self, tmp_path: Path) -> None:
        path = tmp_path / "secret.key"
        [first] = read_or_make_keys(path)
        with path.open("a") as file:
            file.write(f"{NEW_TEXT}\n")
        assert read_or_make_keys(path) == (first, NEW)

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o602, 0o644, 0o666])
    def test_a_file_that_others_can_reach_is_refused(self, tmp_path: Path, mode: int) -> None:
        path = tmp_path / "secret.key"
        read_or_make_keys(path)
        path.chmod(mode)
        with pytest.raises(BadKeyFile) as refused:
            read_or_make_keys(path)
        assert f"chmod 600 {path}" in str(refused.value)
        assert f"{mode:04o}" in str(refused.value)

    @pytest.mark.parametrize("mode", [0o600, 0o400])
    def test_a_private_file_is_read(self, tmp_path: Path, mode: int) -> None:
        path = tmp_path / "secret.key"
        keys = read_or_make_keys(path)
        path.chmod(mode)
        assert read_or_make_keys(path) == keys

    @pytest.mark.parametrize("content", [b"", b"\n", b"secret\n", b"\xff\xfe", base64.b64encode(b"short")])
    def test_a_file_without_a_key_is_refused_and_left(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "secret.key"
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(BadKeyFile):
            read_or_make_keys(path)
        assert path.read_bytes() == content

    def test_processes_that_start_together_agree_on_one_key(self, tmp_path: Path) -> None:
        with ThreadPoolExecutor(16) as pool:
            keys = list(pool.map(lambda _: read_or_make_keys(tmp_path / "secret.key"), range(64)))
        assert len(set(keys)) == 1

    def test_who_comes_second_takes_the_key_of_the_first(self, tmp_path: Path) -> None:
        path = tmp_path / "secret.key"
        first = read_or_make_keys(path)
        settings._make_key_file(path)
        assert read_or_make_keys(path) == first
        assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
