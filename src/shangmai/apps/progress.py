"""What `shangmai up` prints: a line for each step with its seconds, and a block when all is ready."""

from __future__ import annotations

import time
from importlib.metadata import version
from pathlib import Path
from typing import Final, TextIO

from shangmai.apps import demo
from shangmai.kernel.i18n import Lang
from shangmai.kernel.settings import Settings

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "database": ("内置 PostgreSQL 已启动", "PostgreSQL started"),
    "database_url": ("使用外部 PostgreSQL", "Using the given PostgreSQL"),
    "migrated": ("数据库结构已更新到 {revision}", "Schema brought to {revision}"),
    "current": ("数据库结构为最新", "Schema is current"),
    "partitions": ("按月分区已备好", "Monthly partitions are there"),
    "seeding": ("首次运行，正在写入示例数据…", "First run, writing sample data…"),
    "seeded": ("示例数据已写入", "Sample data written"),
    "processes": ("接口与后台进程已就绪", "API and worker are ready"),
    "stopping": ("正在停止…", "Stopping…"),
    "stopped": ("已停止，数据已保存。", "Stopped; the data is safe."),
    "other_port": ("端口 {port} 被占用，改用 {taken}", "Port {port} is in use, taking {taken}"),
    "leftovers": ("已结束上次遗留的 {count} 个进程", "Ended {count} processes that an earlier run had left"),
    "not_ready": ("进程已启动，但未能就绪。日志末尾：", "The processes do not become ready. Their last words:"),
    "page": ("商城", "Mall"),
    "admin": ("管理后台", "Admin"),
    "status": ("系统状态", "Status"),
    "reference": ("接口文档", "API reference"),
    "health": ("健康检查", "Health"),
    "data": ("数据目录", "Data"),
    "logs": ("日志目录", "Logs"),
    "sign_in": ("演示账号", "Demo sign-in"),
    "first_user": ("创建用户", "First user"),
    "stop": ("停止", "Stop"),
    "ready": ("商脉 {version} 已就绪（{seconds:.1f} 秒）", "Shangmai {version} is ready ({seconds:.1f} s)"),
}


class Progress:
    """Prints steps and how long each took."""

    def __init__(self, lang: Lang, out: TextIO) -> None:
        self._lang = lang
        self._out = out
        self._began = self._last = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def text(self, key: str, **data: object) -> str:
        return text(key, self._lang, **data)

    def done(self, key: str, **data: object) -> None:
        """Say that a step is over, and the seconds since the last one."""
        now = time.monotonic()
        self.say(f"  ✓ {self.text(key, **data)}  {now - self._last:.1f} s")
        self._last = now

    def step(self, key: str, **data: object) -> None:
        self.say(f"  · {self.text(key, **data)}")

    def say(self, line: str) -> None:
        print(line, file=self._out, flush=True)


def text(key: str, lang: Lang, **data: object) -> str:
    zh, en = TEXTS[key]
    return (zh if lang == "zh-CN" else en).format_map(data)


def ready_block(settings: Settings, url: str, seconds: float, log_dir: Path | None) -> str:
    """The addresses, and whom to sign in as."""
    lang = settings.lang
    rows = [
        ("page", f"{url}/"),
        ("admin", f"{url}/admin"),
        ("status", f"{url}/status"),
        ("reference", f"{url}/api/docs"),
        ("health", f"{url}/healthz"),
        ("data", str(settings.home if settings.database_url is None else settings.shown()["database_url"])),
        *([("logs", str(log_dir))] if log_dir else []),
        *(_logins(lang) if settings.demo else [("first_user", "shangmai user add boss --role owner --everywhere")]),
        ("stop", "Ctrl-C"),
    ]
    rule = "─" * 64
    title = text("ready", lang, version=version("shangmai"), seconds=seconds)
    lines = [f"  {_padded(text(key, lang))}{value}" for key, value in rows]
    return "\n".join(["", rule, f"  {title}", "", *lines, rule])


def _logins(lang: Lang) -> list[tuple[str, str]]:
    return [
        ("sign_in", f"{one.login} / {one.password}  ({one.role if lang == 'zh-CN' else one.role_en})")
        for one in demo.LOGINS
    ]


def _padded(label: str, width: int = 16) -> str:
    """Chinese letters are two columns wide."""
    return label + " " * max(width - sum(2 if letter > "\u2e80" else 1 for letter in label), 1)
