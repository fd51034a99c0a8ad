"""Rows to columns: two ways in, one result; a bad cell is an error of its row, not of the file."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given

from shangmai.modules.migration.contract import ColumnsMissing
from shangmai.modules.migration.rules import columns_from_arrow, columns_from_rows
from tests.migration.exports import ONLINE_RETAIL, Row, row, rows

TYPES = {"Quantity": pa.int64()}
SCHEMA = pa.schema([(header, TYPES.get(header, pa.string())) for header in ONLINE_RETAIL.columns.required()])


@given(rows())
def test_arrow_and_rows_read_the_same(drawn: list[Row]) -> None:
    table = pa.Table.from_pylist(drawn, schema=SCHEMA)
    assert columns_from_arrow(table, ONLINE_RETAIL) == columns_from_rows(drawn, ONLINE_RETAIL)


def test_arrow_dictionaries_chunks_and_empty_cells() -> None:
    drawn = [row("1", "10001", 1, "2"), row("1", "10002", 2, "3", customer=None), row("C2", "10001", -1, "2")]
    plain = pa.Table.from_pylist(drawn, schema=SCHEMA)
    encoded = [(name, plain.column(name).dictionary_encode()) for name in plain.column_names]
    table = pa.concat_tables([pa.table(dict(encoded)).slice(0, 2), pa.table(dict(encoded)).slice(2)])
    columns = columns_from_arrow(table, ONLINE_RETAIL)
    assert columns == columns_from_rows(drawn, ONLINE_RETAIL)
    assert columns.customer_ref == ["17850", None, "17850"]
    assert columns.canceled == [False, False, True]


def test_every_bad_cell_is_listed_and_its_row_is_unreadable() -> None:
    good = row("1", "10001", 1, "2")
    bad = good | {"Quantity": "1.5", "Price": "?"}
    columns = columns_from_rows([good, bad, good | {"StockCode": " "}, good], ONLINE_RETAIL)
    assert columns.unreadable == {1, 2}
    assert [(error.row_no, error.column, error.code) for error in columns.errors] == [
        (2, "Quantity", "migration.NotWhole"),
        (2, "Price", "migration.NotANumber"),
        (3, "StockCode", "migration.ValueMissing"),
    ]
    assert columns.errors[1].en == "'?' is not a number; check the cell, or `numbers` in the mapping."
    assert columns.errors[1].zh == "“?”不是数字；请检查该单元格，或映射文件中的 numbers。"


def test_missing_columns_are_named() -> None:
    with pytest.raises(ColumnsMissing) as caught:
        columns_from_rows([{"Invoice": "1", "Code": "2"}], ONLINE_RETAIL)
    assert "StockCode" in caught.value.message("zh")
    assert "Invoice, Code" in caught.value.message("en")
    with pytest.raises(ColumnsMissing):
        columns_from_arrow(pa.table({"Invoice": ["1"]}), ONLINE_RETAIL)


def test_empty_file_has_no_rows() -> None:
    assert len(columns_from_rows([], ONLINE_RETAIL)) == 0
    assert len(columns_from_arrow(SCHEMA.empty_table(), ONLINE_RETAIL)) == 0


def test_cells_that_are_equal_but_not_the_same_are_read_each_by_itself() -> None:
    columns = columns_from_rows(
        [row("1", "10001", 1, "2") | {"Price": price} for price in (1, True, 1.0)], ONLINE_RETAIL
    )
    assert columns.unreadable == {1}
