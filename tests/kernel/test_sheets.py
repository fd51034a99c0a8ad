"""Sheets as people have them: encodings, separators, dress on cells, workbooks, Parquet, broken files."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from shangmai.kernel.errors import AppError
from shangmai.kernel.sheets import (
    EncodingUnknown,
    IsWebPage,
    QuoteNotClosed,
    SheetDamaged,
    SheetEmpty,
    SheetOptions,
    TooManyCells,
    WorksheetNotFound,
    clean_cell,
    clean_header,
    header_key,
    open_sheet,
    write_csv,
)

ORDERS = "订单号,商品（SKU）,数量,备注\r\n1001,水杯,2,送货上门\r\n1002,毛巾,1,\r\n"
ROWS = [(1, ["1001", "水杯", "2", "送货上门"]), (2, ["1002", "毛巾", "1", None])]


def read(path: Path, **options: object) -> list[tuple[int, list[object]]]:
    return [(row.no, row.cells) for row in open_sheet(path, SheetOptions(**options))]  # type: ignore[arg-type]


def csv(tmp_path: Path, content: bytes | str, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ORDERS.encode(), id="utf-8"),
        pytest.param(ORDERS.encode("utf-8-sig"), id="utf-8 with a mark"),
        pytest.param(ORDERS.encode("gbk"), id="gbk"),
        pytest.param(b"\xef\xbb\xbf" + ORDERS.encode("gbk"), id="gbk behind a mark of utf-8"),
        pytest.param(b"\x84\x31\x95\x33" + ORDERS.encode("gb18030"), id="gb18030 with a mark"),
        pytest.param(ORDERS.encode("utf-16"), id="utf-16"),
        pytest.param(ORDERS.replace(",", "\t").encode("utf-16"), id="utf-16 with tabs"),
        pytest.param(ORDERS.replace(",", ";").encode("gb18030"), id="gb18030 with semicolons"),
        pytest.param(("ï»¿" + ORDERS).encode(), id="a mark that was read as Latin"),
        pytest.param(("\n\n" + ORDERS).encode(), id="blank lines above"),
    ],
)
def test_encodings_and_separators(tmp_path: Path, content: bytes) -> None:
    path = csv(tmp_path, content)
    assert open_sheet(path).headers == ["订单号", "商品（SKU）", "数量", "备注"]
    assert read(path) == ROWS


def test_utf_16_without_a_mark(tmp_path: Path) -> None:
    path = csv(tmp_path, "number,name,qty\n1001,cup,2\n".encode("utf-16-le"))
    assert read(path) == [(1, ["1001", "cup", "2"])]


def test_other_regions_are_guessed(tmp_path: Path) -> None:
    text = "référence;désignation;quantité\n" + "A1;Théière émaillée à fleurs;3\nB2;Crème brûlée, où ça?;1\n" * 20
    path = csv(tmp_path, text.encode("cp1252"))
    assert open_sheet(path).headers == ["référence", "désignation", "quantité"]


def test_gbk_that_begins_late_is_found_in_the_whole_file(tmp_path: Path) -> None:
    path = csv(tmp_path, b"no,name\n" + b"1,cup\n" * 100_000 + "2,水杯\n".encode("gbk"))
    assert read(path)[-1] == (100_001, ["2", "水杯"])


def test_dress_is_taken_off(tmp_path: Path) -> None:
    path = csv(tmp_path, '`交易号,"=""订单号""",\t金额\t,商品\n`4200001,="0012",\'12.50\t,\'80s 酒杯\n')
    assert open_sheet(path).headers == ["交易号", "订单号", "金额", "商品"]
    assert read(path) == [(1, ["4200001", "0012", "12.50", "80s 酒杯"])]


@pytest.mark.parametrize(
    ("dressed", "bare"),
    [
        ("`123`", "123"),
        ('="a""b"', 'a"b'),
        ("'=1+1", "=1+1"),
        ("'tis the season", "'tis the season"),
        ("Ladies' hat", "Ladies' hat"),
        ("a\u200bb", "ab"),
        (" \u3000 ", None),
        ("", None),
    ],
)
def test_cells(dressed: str, bare: str | None) -> None:
    assert clean_cell(dressed) == bare


def test_headers_match_in_any_width_and_case() -> None:
    assert header_key("商品（SKU） ") == header_key("\ufeff商品(sku)") == header_key("'商品(ＳＫＵ)")
    assert clean_header(' "Customer  ID"\n') == "Customer ID"


def test_dicts_by_the_callers_spelling_keep_blank_rows(tmp_path: Path) -> None:
    path = csv(tmp_path, "商品（SKU）,数量\n水杯,2\n,\n毛巾,1\n")
    assert list(open_sheet(path).dicts(["商品(sku)", "没有"])) == [
        {"商品(sku)": "水杯"},
        {"商品(sku)": None},
        {"商品(sku)": "毛巾"},
    ]


def test_headers_that_occur_again_are_told_apart(tmp_path: Path) -> None:
    assert open_sheet(csv(tmp_path, "a,,a\n1,2,3\n")).headers == ["a", "(2)", "a (2)"]


def test_a_row_too_long_is_refused_alone(tmp_path: Path) -> None:
    rows = list(open_sheet(csv(tmp_path, "a,b\n1,2\n1,2,3\n1,2,\n1\n")))
    assert [(row.no, row.cells, type(row.error)) for row in rows] == [
        (1, ["1", "2"], type(None)),
        (2, ["1", "2"], TooManyCells),
        (3, ["1", "2"], type(None)),
        (4, ["1", None], type(None)),
    ]
    assert rows[1].error is not None
    assert rows[1].error.message("zh").startswith("第 2 行有 3 个单元格，表头只有 2 列")


def test_a_quote_that_never_closes_names_its_row(tmp_path: Path) -> None:
    path = csv(tmp_path, 'a,b\n1,2\n2,"open\n3,4\n')
    with pytest.raises(QuoteNotClosed) as refusal:
        read(path)
    assert refusal.value.data == {"row": 2}


def test_cells_with_line_breaks_are_one_row(tmp_path: Path) -> None:
    assert read(csv(tmp_path, 'a,b\n1,"x\ny"\n2,z\n')) == [(1, ["1", "x\ny"]), (2, ["2", "z"])]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", SheetEmpty),
        (b"\n \n,,\n", SheetEmpty),
        (b"<html><table><tr><td>1</td></tr></table>", IsWebPage),
        (b"PK\x03\x04 no workbook", SheetDamaged),
        (b"PAR1 no parquet", SheetDamaged),
        (random.Random(1).randbytes(5000), EncodingUnknown),
    ],
)
def test_broken_files(tmp_path: Path, content: bytes, error: type[AppError]) -> None:
    with pytest.raises(error):
        list(open_sheet(csv(tmp_path, content)))


def test_the_encoding_expected_comes_before_a_guess_and_after_what_the_file_says(tmp_path: Path) -> None:
    assert read(csv(tmp_path, "a,b\n1,ÄÖ\n".encode("cp1252")), encoding="cp1252") == [(1, ["1", "ÄÖ"])]
    assert read(csv(tmp_path, ORDERS), encoding="gbk") == ROWS
    assert read(csv(tmp_path, ORDERS.encode("gbk")), encoding="utf-8-sig") == ROWS


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(SheetDamaged, match="No such file"):
        open_sheet(tmp_path / "missing.csv")


def workbook(path: Path, rows: list[list[object]], sheet: str = "订单") -> Path:
    with xlsxwriter.Workbook(path, {"remove_timezone": True}) as book:
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        page = book.add_worksheet(sheet)
        for at, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                page.write(at, column, cell, *([date] if isinstance(cell, datetime) else []))
    return path


def test_workbook(tmp_path: Path) -> None:
    at = datetime(2026, 1, 5, 9, 5, tzinfo=UTC)
    path = workbook(
        tmp_path / "a.xlsx", [[], ["单号", "数量", "单价", "时间", "好"], [13085, 2, 1.5, at, True], [], ["`2"]]
    )
    assert open_sheet(path).headers == ["单号", "数量", "单价", "时间", "好"]
    assert read(path) == [
        (1, [13085, 2, 1.5, datetime(2026, 1, 5, 9, 5), True]),  # noqa: DTZ001 - a workbook knows no zones
        (3, ["2", None, None, None, None]),
    ]
    with pytest.raises(WorksheetNotFound, match="it has 订单"):
        open_sheet(path, SheetOptions(worksheet="Sheet9"))


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"no": ["1 ", "2"], "qty": [1.0, float("nan")], "price": [2.55, None]}), path)
    assert read(path) == [(1, ["1", 1, 2.55]), (2, ["2", None, None])]


def test_100000_rows(tmp_path: Path) -> None:
    """About 0.2 s on a 2-core machine; the limit is wide, and only another growth meets it."""
    path = csv(
        tmp_path, "单号,编码,数量,单价,时间\n" + "".join(f"{n},SKU{n % 99},2,1.50,2026-01-05\n" for n in range(100_000))
    )
    started = time.process_time()
    assert sum(1 for _ in open_sheet(path)) == 100_000
    assert time.process_time() - started < 3


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    assert write_csv(path, ["行", "值"], [(1, "=1+1"), (2, "-5"), (3, None), (4, '换\n行,"引号"')]) == 4
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert read(path) == [(1, ["1", "=1+1"]), (2, ["2", "-5"]), (3, ["3", None]), (4, ["4", '换\n行,"引号"'])]
