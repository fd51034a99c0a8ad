"""Ids sort by time and tell it; document numbers read back as they were written."""

import copy
import pickle
import threading
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.ids import (
    DocumentNumber,
    NotADocumentNumber,
    created_at,
    first_id_at,
    format_number,
    id_at,
    new_id,
    new_ids,
    parse_number,
)

INSTANTS = st.integers(0, 250_000_000_000_000_000).map(  # 1970 to 9892
    lambda microseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)


class TestNewId:
    def test_is_a_uuid_of_version_7(self) -> None:
        id = new_id()
        assert isinstance(id, UUID)
        assert (id.version, id.variant) == (7, "specified in RFC 4122")

    def test_behaves_as_any_uuid(self) -> None:
        id = new_id()
        assert UUID(str(id)) == id
        assert {id: 1}[UUID(bytes=id.bytes)] == {UUID(bytes=id.bytes): 1}[id] == 1
        assert sorted([UUID(int=id.int + 1), id, UUID(int=id.int - 1)])[1] is id
        assert msgspec.json.encode(id) == f'"{id}"'.encode()
        assert pickle.loads(pickle.dumps(id)) == copy.copy(id) == id

    def test_sorts_after_every_earlier_one(self) -> None:
        ids = [new_id() for _ in range(20_000)] + new_ids(20_000)
        assert ids == sorted(ids)
        assert len(set(ids)) == 40_000

    def test_threads_never_share_one(self) -> None:
        made: list[UUID] = []
        threads = [threading.Thread(target=lambda: made.extend(new_ids(5_000))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(made)) == 20_000

    def test_tells_when_it_was_made(self) -> None:
        before = datetime.now(UTC) - timedelta(milliseconds=1)
        assert before <= created_at(new_id()) <= datetime.now(UTC)


class TestTime:
    def test_known_example_of_rfc_9562(self) -> None:
        example = UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")  # appendix A.6
        assert created_at(example) == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)

    def test_first_id_of_a_millisecond(self) -> None:
        assert first_id_at(datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)) == UUID(
            "017f22e2-79b0-7000-8000-000000000000"
        )

    @given(INSTANTS)
    def test_an_id_of_a_time_tells_that_time_to_the_millisecond(self, when: datetime) -> None:
        to_the_ms = when.replace(microsecond=when.microsecond // 1000 * 1000)
        assert created_at(id_at(when)) == to_the_ms
        assert created_at(first_id_at(when)) == to_the_ms

    @given(INSTANTS)
    def test_the_first_id_bounds_all_of_its_time(self, when: datetime) -> None:
        assert first_id_at(when) <= id_at(when) < first_id_at(when + timedelta(milliseconds=1))
        assert (first_id_at(when).version, first_id_at(when).variant) == (7, "specified in RFC 4122")

    def test_two_ids_of_one_time_differ(self) -> None:
        when = datetime(2020, 1, 1, tzinfo=UTC)
        assert id_at(when) != id_at(when)

    def test_the_offset_does_not_matter(self) -> None:
        beijing = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))
        assert first_id_at(beijing) == first_id_at(datetime(2026, 1, 1, tzinfo=UTC))

    def test_another_kind_of_uuid_tells_nothing(self) -> None:
        with pytest.raises(ValueError, match="is not a UUIDv7"):
            created_at(uuid4())


class TestDocumentNumber:
    @pytest.mark.parametrize(
        ("prefix", "n", "number"),
        [
            ("SO", 1, "SO20260101-000001"),
            ("SO", 123, "SO20260101-000123"),
            ("RMA", 999_999, "RMA20260101-999999"),
            ("P", 1_000_000, "P20260101-1000000"),
        ],
    )
    def test_is_written_so(self, prefix: str, n: int, number: str) -> None:
        assert format_number(prefix, date(2026, 1, 1), n) == number

    @given(st.from_regex("[A-Z]{1,8}", fullmatch=True), st.dates(date(1000, 1, 1)), st.integers(1, 10**9))
    def test_reads_back(self, prefix: str, day: date, n: int) -> None:
        assert parse_number(format_number(prefix, day, n)) == DocumentNumber(prefix, day, n)

    def test_is_read_as_people_type_it(self) -> None:
        number = parse_number(" so20260101-000123\n")
        assert {number} == {DocumentNumber("SO", date(2026, 1, 1), 123)}

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "SO",
            "SO20260101",
            "SO20260101-123",
            "SO20260101-0000123",
            "SO20260101-000000",
            "SO20260230-000001",
            "20260101-000001",
            "S020260101-000001",
            "SO２０２６0101-000001",
            "SO20260101-000001x",
            "TOOLONGPX20260101-000001",
        ],
    )
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(NotADocumentNumber) as refused:
            parse_number(text)
        assert refused.value.data == {"text": text}

    @pytest.mark.parametrize(("prefix", "n"), [("so", 1), ("", 1), ("S0", 1), ("SO", 0), ("SO", -1)])
    def test_a_wrong_one_cannot_be_written(self, prefix: str, n: int) -> None:
        with pytest.raises(AssertionError):
            format_number(prefix, date(2026, 1, 1), n)
