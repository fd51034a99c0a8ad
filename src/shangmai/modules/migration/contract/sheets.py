"""How the columns of a sheet fill the input of an action, and saving that under a name."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct, field

from shangmai.kernel.errors import Conflict, Invalid, NotFound, words
from shangmai.kernel.money import Currency
from shangmai.modules.migration.contract.mapping import Name, OrderMapping, Setting, Text

MappingName = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,63}$")]
FieldPath = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\[[0-9]*\])?(\.[^.\[\]]+(\[[0-9]*\])?)*$",
        max_length=200,
        description="`name`, `receiver.city`, `barcodes[0].text`; `skus[].code` begins a new element for each row",
    ),
]


class CellKind(StrEnum):
    """How a cell becomes a value. Codes of ours become ids."""

    TEXT = "text"
    NUMBER = "number"  # 1,234.50 and 1 234 元 without their signs
    MONEY = "money"  # major units to minor units of `currency`: 12.50 → 1250
    TIME = "time"  # local times of `timezone`
    COMPANY = "company"
    SHOP = "shop"
    WAREHOUSE = "warehouse"
    SKU = "sku"
    PRODUCT = "product"
    CATEGORY = "category"  # by its names from the top: 服装/T 恤


class ColumnRule(Setting, frozen=True, kw_only=True):
    """Where a column goes. `split` makes a list of one cell (、 and , and ; are the same); `values` translates what
    people write (是 → true).

    `en`: what the column is called in English; a sheet may have it instead of the header.
    """

    to: FieldPath
    en: Name | None = None
    kind: CellKind = CellKind.TEXT
    split: Annotated[str, Meta(min_length=1, max_length=3)] | None = None
    values: dict[str, str] = field(default_factory=dict)
    required: bool = False


class SheetMapping(Setting, frozen=True, kw_only=True):
    """A sheet for an action: by header (in any width and case) a path into the input, or a rule.

    `group_by` names the columns whose equal values make several rows, next to each other or not, one input. `at` names
    the column of the business time. Columns that are not named are left alone.
    """

    name: MappingName
    title: Text
    action: Name
    columns: Annotated[dict[Name, FieldPath | ColumnRule], Meta(min_length=1)]
    constants: dict[FieldPath, str | int | bool] = field(default_factory=dict)
    group_by: tuple[Name, ...] = ()
    at: Name | None = None
    timezone: Name = "Asia/Shanghai"
    time_formats: tuple[Name, ...] = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y年%m月%d日")  # and ISO 8601
    currency: Currency = "CNY"
    encoding: Name | None = None
    worksheet: Name | None = None

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no time zone {self.timezone!r}; one is Asia/Shanghai") from None
        for path in [rule.to for rule in self.rules().values()]:
            if path.count("[]") > 1:
                raise ValueError(f"{path} has [] twice; a row can begin one new element only")

    def rules(self) -> dict[str, ColumnRule]:
        return {header: ColumnRule(to=rule) if isinstance(rule, str) else rule for header, rule in self.columns.items()}


class SaveMapping(Struct, frozen=True, kw_only=True):
    """Save a mapping under its name, for a sheet of any action or for an order export; exactly one of them."""

    sheet: SheetMapping | None = None
    orders: OrderMapping | None = None


class SavedMapping(Struct, frozen=True, kw_only=True):
    """A mapping as kept; a change makes a new version, the newest is used."""

    name: str
    version: int


class OneMapping(Invalid):
    """Give either `sheet` or `orders`; one mapping is saved at a time."""

    zh = "sheet 与 orders 二者必须且只能填写其一；一次保存一个映射。"


class MappingNotFound(NotFound):
    """There is no mapping {name}; there are {present}. Name one of them, or a JSON file."""

    zh = "没有映射 {name}；现有：{present}。请使用其中之一，或指定 JSON 文件。"


class MappingOfOther(Conflict):
    """Mapping {name} is for {action}, not for {wanted}; name another one."""

    zh = "映射 {name} 用于 {action}，不能用于 {wanted}；请更换映射。"


class HeadersUnknown(Invalid):
    """The sheet has no column {missing}; it has {present}. Correct the mapping, or take the right sheet."""

    zh = "表中没有列 {missing}；现有列：{present}。请更正映射，或换用正确的文件。"


CELL_ZH: Final = {
    "company": "公司",
    "shop": "店铺",
    "warehouse": "仓库",
    "sku": "商品（SKU）",
    "product": "商品",
    "category": "类目",
}


class CodeUnknown(NotFound):
    """There is no {kind} with the code '{value}'; correct the cell, or create it first."""

    zh = "没有编码为“{value}”的{kind}；请更正单元格，或先行创建。"
    zh_words = words(kind=CELL_ZH)


class RowsDisagree(Invalid):
    """Rows of one group say '{first}' and '{value}'; make them the same, or split the group."""

    zh = "同一组的行分别为“{first}”和“{value}”；请改为一致，或拆分该组。"
