"""Logs: one line an entry, with the run it belongs to, and without anybody's data."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
import structlog

from shangmai.kernel import log

ID = UUID("01900000-0000-7000-8000-000000000001")


HIDDEN_KEYS = ["phone", "address", "name", "password", "token", "secret", "email", "mobile", "Authorization", "cookie"]
HIDDEN_KEYS += [
    "receiver_name",
    "ship_to_address",
    "Phone",
    "accessToken",
    "client_secret",
    "X-Api-Token",
    "token_hash",
]
HIDDEN_KEYS += ["tokens", "phones", "addresses"]


class Member(msgspec.Struct):
    id: int
    phone: str


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], _ = before
    root.setLevel(before[1])
    structlog.reset_defaults()


@pytest.fixture
def stream() -> io.StringIO:
    stream = io.StringIO()
    log.configure(stream=stream)
    return stream


def entries(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def logged(stream: io.StringIO, **data: object) -> dict[str, Any]:
    log.get_logger("t").info("seen", **data)
    return entries(stream)[-1]


class TestEntry:
    def test_is_one_line_of_json(self, stream: io.StringIO) -> None:
        log.get_logger("orders.service").info("order placed\ntwice", order="SO1", lines=3)
        [entry] = entries(stream)
        at = datetime.fromisoformat(entry.pop("timestamp"))
        assert abs(datetime.now(UTC) - at).total_seconds() < 60
        assert entry == {
            "module": "orders.service",
            "event": "order placed\ntwice",
            "order": "SO1",
            "lines": 3,
            "level": "info",
        }

    def test_holds_any_value(self, stream: io.StringIO) -> None:
        entry = logged(stream, id=ID, at=datetime(2026, 1, 1, tzinfo=UTC), price=Decimal("1.50"), odd=object, none=None)
        assert (entry["id"], entry["at"], entry["price"]) == (str(ID), "2026-01-01T00:00:00Z", "1.50")
        assert (entry["odd"], entry["none"]) == ("<class 'object'>", None)

    def test_holds_the_traceback(self, stream: io.StringIO) -> None:
        try:
            raise ValueError("no stock for 13812345678")
        except ValueError:
            log.get_logger("t").exception("failed")
        [entry] = entries(stream)
        assert entry["level"] == "error"
        assert "Traceback (most recent call last)" in entry["exception"]
        assert "ValueError: no stock for 138****5678" in entry["exception"]

    def test_goes_to_stderr_by_default(self, capsys: pytest.CaptureFixture[str]) -> None:
        log.configure()
        log.get_logger("t").info("seen")
        captured = capsys.readouterr()
        assert captured.out == ""
        assert json.loads(captured.err)["event"] == "seen"

    def test_below_the_level_is_not_written(self) -> None:
        stream = io.StringIO()
        log.configure("warning", stream=stream)
        log.get_logger("t").info("quiet")
        logging.getLogger("lib").info("quiet")
        log.get_logger("t").warning("loud")
        logging.getLogger("lib").warning("loud")
        assert [entry["event"] for entry in entries(stream)] == ["loud", "loud"]

    def test_from_the_level_on_is_written(self) -> None:
        stream = io.StringIO()
        log.configure("debug", stream=stream)
        log.get_logger("t").debug("soft")
        logging.getLogger("lib").debug("soft")
        assert [(entry["module"], entry["level"]) for entry in entries(stream)] == [("t", "debug"), ("lib", "debug")]

    def test_console_is_for_a_person(self) -> None:
        stream = io.StringIO()
        log.configure(format="console", stream=stream)
        log.get_logger("t").info("seen", phone="13812345678", order="SO1")
        line = stream.getvalue()
        assert "seen" in line
        assert "order=SO1" in line
        assert "phone=***" in line
        assert "\x1b" not in line  # no colours into a file

    def test_a_logger_made_before_follows_a_later_configure(self) -> None:
        logger = log.get_logger("t")
        first, second = io.StringIO(), io.StringIO()
        log.configure(stream=first)
        logger.info("one")
        log.configure(stream=second)
        logger.info("two")
        assert [entry["event"] for entry in entries(first)] == ["one"]
        assert [entry["event"] for entry in entries(second)] == ["two"]


class TestDuring:
    def test_adds_the_ids_within_the_block_only(self, stream: io.StringIO) -> None:
        with log.during(action_id=ID, actor=UUID(int=7)):
            with log.during(event_id=UUID(int=8)):
                logged(stream)
            logged(stream)
        logged(stream)
        ids = [{key: e[key] for key in e if key in ("action_id", "event_id", "actor")} for e in entries(stream)]
        outer = {"action_id": str(ID), "actor": str(UUID(int=7))}
        assert ids == [outer | {"event_id": str(UUID(int=8))}, outer, {}]

    async def test_tasks_do_not_mix(self, stream: io.StringIO) -> None:
        async def run(n: int) -> None:
            with log.during(action_id=UUID(int=n)):
                await asyncio.sleep(0)
                log.get_logger("t").info("seen", n=n)

        await asyncio.gather(*(run(n) for n in range(10)))
        assert [entry["action_id"] for entry in entries(stream)] == [str(UUID(int=e["n"])) for e in entries(stream)]

    def test_reaches_the_standard_librarys_entries(self, stream: io.StringIO) -> None:
        with log.during(action_id=ID):
            logging.getLogger("asyncpg").warning("slow")
        assert entries(stream)[0]["action_id"] == str(ID)


class TestRedaction:
    @pytest.mark.parametrize("key", HIDDEN_KEYS)
    def test_hides_values_by_their_key(self, stream: io.StringIO, key: str) -> None:
        assert logged(stream, **{key: "张三"})[key] == "***"

    @pytest.mark.parametrize("key", ["filename", "hostname", "sku", "order", "addressed", "module_id", "tokenizer"])
    def test_leaves_other_keys(self, stream: io.StringIO, key: str) -> None:
        assert logged(stream, **{key: "x"})[key] == "x"

    def test_hides_whatever_the_value_is(self, stream: io.StringIO) -> None:
        entry = logged(stream, phone=13812345678, address={"city": "深圳"}, token=None)
        assert [entry[key] for key in ("phone", "address", "token")] == ["***", "***", "***"]

    def test_reaches_into_what_is_nested(self, stream: io.StringIO) -> None:
        entry = logged(
            stream, order={"lines": [{"sku": "A", "name": "张三"}], "to": ({"phone": "1"},)}, m=Member(1, "2")
        )
        assert entry["order"] == {"lines": [{"sku": "A", "name": "***"}], "to": [{"phone": "***"}]}
        assert entry["m"] == {"id": 1, "phone": "***"}

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("call 13812345678 now", "call 138****5678 now"),
            ("手机13812345678，", "手机138****5678，"),
            ("phone=+8613812345678", "phone=+86138****5678"),
            ("13812345678/13987654321", "138****5678/139****4321"),
            ("order 20260101138123456780", "order 20260101138123456780"),
            ("SF13812345678", "SF13812345678"),
            ("01900000-0000-7000-8000-a13812345678", "01900000-0000-7000-8000-a13812345678"),
            ("12812345678", "12812345678"),
        ],
    )
    def test_masks_mobiles_in_any_text(self, stream: io.StringIO, text: str, shown: str) -> None:
        entry = logged(stream, note=text, notes=[text], error=ValueError(text))
        assert (entry["note"], entry["notes"], entry["error"]) == (shown, [shown], shown)
        log.get_logger("t").info(text)
        assert entries(stream)[-1]["event"] == shown

    def test_leaves_what_the_caller_holds(self, stream: io.StringIO) -> None:
        order = {"phone": "13812345678"}
        logged(stream, order=order)
        assert order == {"phone": "13812345678"}

    def test_holds_for_the_standard_librarys_entries(self, stream: io.StringIO) -> None:
        logging.getLogger("asyncpg").error("duplicate key (phone)=(%s)", "13812345678", extra={"password": "x"})
        [entry] = entries(stream)
        assert entry["event"] == "duplicate key (phone)=(138****5678)"
        assert (entry["module"], entry["level"]) == ("asyncpg", "error")
        assert "x" not in entry.values()
