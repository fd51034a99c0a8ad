"""Declaring jobs and schedules, and what can be said of them."""

from __future__ import annotations

import inspect
import random
import re
import typing
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from shangmai.kernel.errors import AppError, Conflict, NotFound

F = TypeVar("F", bound=Callable[..., Awaitable[None]])

ATTEMPTS_MAX: Final = 10
TIMEOUT_S: Final = 30.0
BACKOFF_S: Final = 1.0
BACKOFF_MAX_S: Final = 15 * 60.0
RETRIED_STATUSES: Final = frozenset({408, 409, 425, 429})
"""Answers that ask to try again, although they begin with a 4. A 409 of ours is a refusal, and final all the same."""


class JobSpec(msgspec.Struct, frozen=True):
    """A declared job; `together_max` of it run at a time in all workers, 0 for as many as there is room for."""

    name: str
    handler: Callable[..., Awaitable[None]]
    payload: type[msgspec.Struct]
    attempts_max: int
    timeout_s: float
    backoff_s: float
    together_max: int


class ScheduleSpec(msgspec.Struct, frozen=True):
    """Work at set times: `cron` has five fields (or six, with seconds last), read in the installation's timezone."""

    name: str
    cron: str
    handler: Callable[..., Awaitable[None]]


class ParkedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that will not be tried again by itself: why, and when it was given up."""

    id: int
    name: str
    key: str | None
    attempts: int
    reason: str
    parked_at: datetime
    payload: msgspec.Raw


class FinalFailure(Exception):
    """Raised by a handler when no further attempt can help: the other side has said no."""


class JobNotParked(NotFound):
    """There is no parked job {id}; it may have been replayed or discarded already."""

    zh = "没有搁置的任务 {id}，可能已被重放或丢弃。"


class JobAlreadyWaiting(Conflict):
    """A newer job with the key of job {id} waits or runs already; discard this one."""

    zh = "与任务 {id} 键相同的新任务已在等待或执行，请丢弃此任务。"


JOBS: Final[dict[str, JobSpec]] = {}
SCHEDULES: Final[dict[str, ScheduleSpec]] = {}


def job(
    name: str,
    *,
    attempts_max: int = ATTEMPTS_MAX,
    timeout_s: float = TIMEOUT_S,
    backoff_s: float = BACKOFF_S,
    together_max: int = 0,
) -> Callable[[F], F]:
    """Declare `async def f(runner: Runner, do: Payload) -> None` as a job."""

    def declare(handler: F) -> F:
        assert name not in JOBS, f"two jobs are called {name}"
        hints = typing.get_type_hints(handler)
        payload = hints[list(inspect.signature(handler).parameters)[1]]
        JOBS[name] = JobSpec(name, handler, payload, attempts_max, timeout_s, backoff_s, together_max)
        return handler

    return declare


def schedule(name: str, cron: str) -> Callable[[F], F]:
    """Declare `async def f(runner: Runner) -> None` to run at set times, in one process of the installation."""

    def declare(handler: F) -> F:
        assert name not in SCHEDULES, f"two schedules are called {name}"
        assert len(cron.split()) in (5, 6), f"{name}: {cron!r} is not a cron expression"
        SCHEDULES[name] = ScheduleSpec(name, cron, handler)
        return handler

    return declare


def is_final(error: BaseException) -> bool:
    """Whether a further attempt would fail the same way."""
    if isinstance(error, AppError):
        return 400 <= error.status < 500 and error.status not in (408, 429)
    status = getattr(getattr(error, "response", None), "status_code", None)  # httpx, requests and their like
    is_refusal = isinstance(status, int) and 400 <= status < 500 and status not in RETRIED_STATUSES
    return isinstance(error, FinalFailure) or is_refusal


def delay_s(error: BaseException, attempts: int, backoff_s: float = BACKOFF_S) -> float:
    """How long to wait after the failure of attempt `attempts` (from 1): doubling, with jitter, or as asked.

    The jitter (between half and all of it) keeps what failed together from coming back together.
    """
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    asked = str(headers.get("retry-after", ""))
    backoff: float = min(backoff_s * 2 ** (attempts - 1), BACKOFF_MAX_S) * random.uniform(0.5, 1.0)
    return max(backoff, min(int(asked), BACKOFF_MAX_S)) if re.fullmatch(r"\d{1,6}", asked) else backoff
