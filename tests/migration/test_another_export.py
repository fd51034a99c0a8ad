"""The same rules on another shop's export: Chinese headers, GBK, a status column, other numbers, dates, currency."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from shangmai.modules.migration.contract import Kind, OrderMapping, SaleIntent, Side
from shangmai.modules.migration.rules import (
    Classified,
    classify,
    columns_from_rows,
    intents_of,
    read_mapping,
    reason_finder,
    survey,
)

EXPORT = """\
订单号,商品编码,商品名称,数量,单价,下单时间,买家账号,收货地区,订单状态
T1001,cup-蓝,蓝色水杯,3,"￥1,234.50",2026/1/5 9:05,小王,浙江杭州,交易成功
T1001,邮费,邮费,1,12元,2026/1/5 9:05,小王,浙江杭州,交易成功
T1001,优惠券,满减,1,-100,2026/1/5 9:05,小王,浙江杭州,交易成功
T1002,cup-蓝,蓝色水杯,1,￥999,2026/1/6 0:30,小王,浙江杭州,交易成功
T1001,cup-蓝,蓝色水杯,2,￥999,2026/1/9 18:30,小王,浙江杭州,已退款
T1003,cup-红,红色水杯,2,￥0,2026/1/10 10:00,匿名买家,,交易成功
T1004,cup-红,破损,-2,￥0,2026/1/11 10:00,匿名买家,,交易成功
T1005,cup-红,红色水杯,1.5,￥80,2026/1/12 10:00,小李,上海,交易成功
T1006,cup-红,红色水杯,1,八十,昨天,小李,上海,交易成功
T1007,测试商品,勿拍,1,￥1,2026-01-13,小李,上海,交易成功
"""


def mapping() -> OrderMapping:
    return read_mapping((Path(__file__).parent / "mappings" / "shop-orders-zh.json").read_bytes())


def read_export() -> Classified:
    shop = mapping()
    with io.TextIOWrapper(io.BytesIO(EXPORT.encode("gbk")), encoding=shop.file.encoding, newline="") as text:
        return classify(columns_from_rows(csv.DictReader(text, delimiter=shop.file.delimiter), shop))


def test_classes_and_money() -> None:
    report = survey(read_export()).report
    assert [(total.klass.value, total.side.value, total.lines, total.amount_minor) for total in report.classes] == [
        ("sale.goods", "sale", 2, 370350 + 99900),
        ("sale.freight", "sale", 1, 1200),
        ("sale.discount", "negative", 1, -10000),
        ("return.goods", "cancellation", 1, -199800),
        ("stock.found", "free", 1, 0),
        ("stock.write_off", "free", 1, 0),
        ("test", "sale", 1, 100),
        ("error", "unreadable", 2, 0),
    ]
    assert report.amount_on(*Side) == 261750


def test_errors_name_the_columns_of_the_file() -> None:
    errors = read_export().errors
    assert [(error.row_no, error.column, error.code) for error in errors] == [
        (8, "数量", "migration.NotWhole"),
        (9, "下单时间", "migration.DateUnreadable"),
        (9, "单价", "migration.NotANumber"),
    ]
    assert errors[0].zh == "“1.5”不是整数件数；请检查该单元格。"


def test_the_first_order() -> None:
    classified = read_export()
    document = next(iter(classified))
    (sale,) = intents_of(document, reason_finder(mapping()))
    assert isinstance(sale, SaleIntent)
    assert (sale.number, sale.customer_ref, sale.country) == ("T1001", "小王", "浙江杭州")
    assert sale.at == datetime(2026, 1, 5, 1, 5, tzinfo=UTC)
    assert [(line.sku, line.quantity, line.unit_price, line.kind) for line in sale.lines] == [
        ("cup-蓝", 3, Decimal("1234.50"), Kind.GOODS),
        ("邮费", 1, Decimal(12), Kind.FREIGHT),
        ("优惠券", 1, Decimal(-100), Kind.DISCOUNT),
    ]


def test_a_number_that_is_sold_and_canceled_makes_two_documents_and_the_same_price_is_matched_first() -> None:
    found = survey(read_export())
    (match,) = found.matches.values()
    assert match.number == "T1001"
    assert [(piece.sale_number, piece.quantity, piece.refund_minor) for piece in match.pieces] == [
        ("T1002", 1, 99900),
        ("T1001", 1, 99900),
    ]
    assert found.unit_costs == {"cup-红": Decimal("1.5"), "cup-蓝": Decimal("599.4")}
