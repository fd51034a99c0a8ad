"""Settings: everything an installation can choose, from `SHANGMAI_*` variables; all have a default that works.

A misspelt variable is refused, with the nearest names, rather than ignored: a setting that silently does not apply is
found out weeks later. Secrets never show in `repr` or a log.
"""

import base64
import difflib
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Meta, Struct, ValidationError, field
from msgspec.structs import FieldInfo

from shangmai.kernel.clock import timezone
from shangmai.kernel.errors import AppError, Invalid
from shangmai.kernel.money import decimals_of

PREFIX = "SHANGMAI_"
KEY_BYTES = 32


class BadSettings(Invalid):
    """Some settings are not valid: {problems}. Correct these environment variables and start again."""

    zh = "部分设置无效：{problems}。请更正这些环境变量后重新启动。"


class BadKeyFile(AppError):
    """The key file {path} cannot be used: {reason}."""

    zh = "密钥文件 {path} 无法使用：{reason}。"


class Setting(Struct, frozen=True):
    """One row of the settings' documentation."""

    variable: str
    type: str
    default: str
    meaning: str


def _default_home() -> Path:
    return Path.cwd() / "var"


class Settings(Struct, frozen=True, kw_only=True):
    home: Annotated[
        Path, Meta(description="Folder for everything kept: database, files, keys. Default: var in the current folder.")
    ] = field(default_factory=_default_home)
    database_url: Annotated[
        str | None, Meta(description="PostgreSQL to use, as postgresql://…; without it a private one is run in HOME.")
    ] = None
    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0 takes any free one.")] = 8765
    public_url: Annotated[
        str | None, Meta(description="How the outside reaches this installation, for links and callbacks.")
    ] = None
    api_processes: Annotated[
        int, Meta(ge=1, le=256, description="API processes. One coalesces best; more when one core is not enough.")
    ] = 1
    worker_concurrency: Annotated[int, Meta(ge=1, le=1000, description="Jobs one worker runs at a time.")] = 16
    pool_size: Annotated[int, Meta(ge=1, le=1000, description="Database connections of one process.")] = 10
    secret_key: Annotated[
        str | None,
        Meta(description="Master keys, base64 of 32 bytes each, comma-separated, newest last; else HOME/secret.key."),
    ] = None
    files_url: Annotated[
        str | None, Meta(description="Where uploads are kept: a folder, or s3://bucket/prefix. Default: HOME/files.")
    ] = None
    lang: Annotated[Literal["zh-CN", "en"], Meta(description="Language when the caller names none.")] = "zh-CN"
    timezone: Annotated[str, Meta(description="Timezone in which business days begin.")] = "Asia/Shanghai"
    currency: Annotated[str, Meta(description="Currency of the books, ISO 4217.")] = "CNY"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="Least severity that is logged.")
    ] = "info"
    log_format: Annotated[
        Literal["json", "console"], Meta(description="Log for machines, or for a person at a terminal.")
    ] = "json"
    codes: Annotated[
        Literal["off", "log"],
        Meta(description="Codes that customers sign in with, where no sender is set up; log is for development only."),
    ] = "off"
    backups_kept: Annotated[
        int, Meta(ge=0, le=3650, description="Backups of nights that HOME/backups keeps; 0: none is made by itself.")
    ] = 7
    demo: Annotated[bool, Meta(description="Run as a demo: sample data, resets allowed.")] = False

    @classmethod
    def load(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the SHANGMAI_ variables; an empty one counts as not set.

        Raises: BadSettings, naming every variable that is unknown or has a bad value.
        """
        given = {name: text for name, text in env.items() if name.startswith(PREFIX)}
        values: dict[str, Any] = {}
        problems = list(_unknown(given))
        for info in msgspec.structs.fields(cls):
            text = given.get(_variable(info), "").strip()
            try:
                if text:
                    values[info.name] = _convert(text, info)
            except (ValidationError, ValueError, AppError) as cause:
                problems.append((_variable(info), str(cause)))
        if problems:
            raise BadSettings(problems, problems="; ".join(f"{name}: {why}" for name, why in problems))
        return cls(**values)

    def master_keys(self) -> tuple[bytes, ...]:
        """Give the master keys, newest last; the first call of an installation makes its key file.

        Raises: BadKeyFile.
        """
        return _keys(self.secret_key) if self.secret_key else read_or_make_keys(self.home / "secret.key")

    def files_location(self) -> str:
        return self.files_url or str(self.home / "files")

    def shown(self) -> dict[str, str]:
        """Give the values as they may be shown: without secrets, passwords and whatever else a URL carries."""
        shown = {name: str(value) for name, value in msgspec.structs.asdict(self).items() if value is not None}
        if "secret_key" in shown:
            shown["secret_key"] = "***"
        return {name: _without_password(text) for name, text in shown.items()}

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={text!r}' for name, text in self.shown().items())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return list(self.shown().items())


def describe() -> list[Setting]:
    """List every variable with its type, default and meaning: the table in the documentation."""
    return [
        Setting(_variable(info), _type_name(info), _default_text(info), _meaning(info))
        for info in msgspec.structs.fields(Settings)
    ]


def read_or_make_keys(path: Path) -> tuple[bytes, ...]:
    """Read the master keys of the file, newest last; a file that is not there is made, with one new key.

    A line holds one key in base64; to rotate, append a line. Processes that start together agree on one key.
    Raises: BadKeyFile, also when others than the owner may read the file.
    """
    if not path.exists():
        _make_key_file(path)
    try:
        with path.open("rb") as file:
            _check_private(path, os.fstat(file.fileno()).st_mode)
            return _keys(",".join(file.read().decode("ascii").split()))
    except (OSError, ValueError) as cause:
        raise BadKeyFile(path=str(path), reason=str(cause)) from None


def _make_key_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # unlike a rename, never replaces the key that another process made meanwhile
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _check_private(path: Path, mode: int) -> None:
    if os.name == "posix" and mode & 0o077:
        reason = f"others than its owner can reach it (mode {stat.S_IMODE(mode):04o}); run: chmod 600 {path}"
        raise BadKeyFile(path=str(path), reason=reason)


def _keys(text: str) -> tuple[bytes, ...]:
    return tuple(_key(one) for one in text.split(","))


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        raise ValueError("a master key is written in base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"a master key is the base64 of {KEY_BYTES} bytes, not of {len(key)}")
    return key


def _unknown(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    known = [_variable(info) for info in msgspec.structs.fields(Settings)]
    for name in sorted(given.keys() - set(known)):
        nearest = difflib.get_close_matches(name, known, n=3)
        yield name, f"there is no such setting; did you mean {' or '.join(nearest or known)}?"


def _variable(info: FieldInfo) -> str:
    return f"{PREFIX}{info.name.upper()}"


def _convert(text: str, info: FieldInfo) -> object:
    """Raises: ValidationError for the type, ValueError or an AppError for what the type cannot say."""
    check = _CHECKS.get(info.name)
    if check is not None:
        check(text)
    return msgspec.convert(text, info.type, strict=False, dec_hook=_to_path)


def _begins(form: str, example: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        if not re.match(form, text):
            raise ValueError(f"write it as {example}")

    return check


_CHECKS: dict[str, Callable[[str], object]] = {
    "database_url": _begins("postgres(ql)?://", "postgresql://user:password@host/database"),
    "public_url": _begins("https?://", "https://shop.example.com"),
    "secret_key": _keys,
    "files_url": _begins("(s3|file)://|(?!.*://)", "a folder, or s3://bucket/prefix"),
    "timezone": timezone,
    "currency": decimals_of,
}


def _to_path(_: type, text: str) -> Path:
    return Path(text).expanduser().absolute()


def _type_name(info: FieldInfo) -> str:
    inner = get_args(info.type)[0]
    if get_origin(inner) is Literal:
        return " | ".join(get_args(inner))
    named = [kind for kind in get_args(inner) or (inner,) if kind is not type(None)]
    return " | ".join(kind.__name__.lower() for kind in named)


def _default_text(info: FieldInfo) -> str:
    if info.default is NODEFAULT or info.default is None:
        return ""
    return str(info.default).lower() if isinstance(info.default, bool) else str(info.default)


def _meaning(info: FieldInfo) -> str:
    return next(meta.description or "" for meta in get_args(info.type) if isinstance(meta, Meta))


def _without_password(text: str) -> str:
    return re.sub(r"(?<=://)[^/@]*@", "***@", text)
