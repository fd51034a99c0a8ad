"""What can be wrong with a mapping, a file or a row: each says what to do next."""

from typing import Self

from msgspec import Struct

from shangmai.kernel.errors import Invalid


class MappingInvalid(Invalid):
    """The mapping cannot be used: {problem} (at {path}); correct it there and load it again."""

    zh = "映射文件无法使用：{problem}（位置 {path}）；请在该处更正后重新载入。"


class ColumnsMissing(Invalid):
    """The file has no column {missing}; it has {present}. Correct `columns` in the mapping, or take the right file."""

    zh = "文件缺少列 {missing}；文件中的列有 {present}。请更正映射文件中的 columns，或换用正确的文件。"


class ValueMissing(Invalid):
    """This cell is empty, and it may not be; fill it in."""

    zh = "此单元格为空，但必须有值；请补填。"


class NotANumber(Invalid):
    """'{value}' is not a number; check the cell, or `numbers` in the mapping."""

    zh = "“{value}”不是数字；请检查该单元格，或映射文件中的 numbers。"


class NotWhole(Invalid):
    """'{value}' is not a whole number of pieces; check the cell."""

    zh = "“{value}”不是整数件数；请检查该单元格。"


class OutOfRange(Invalid):
    """'{value}' is too large for a quantity or a price, or has too many decimals; check the cell."""

    zh = "“{value}”作为数量或单价过大，或小数位数过多；请检查该单元格。"


class DateUnreadable(Invalid):
    """'{value}' is not a time in one of the formats of the mapping; check the cell, or `dates` in the mapping."""

    zh = "“{value}”不符合映射文件规定的时间格式；请检查该单元格，或映射文件中的 dates。"


class UnknownCode(Invalid):
    """The mapping does not say what the code '{value}' is; add it to `kinds` in the mapping."""

    zh = "映射文件没有说明编码“{value}”是什么；请在映射文件的 kinds 中补充。"


class QuantityZero(Invalid):
    """The quantity is 0, so the row says nothing; remove the row, or correct the quantity."""

    zh = "数量为 0，该行没有意义；请删除该行或更正数量。"


class PositiveInCancellation(Invalid):
    """A cancellation has a positive quantity, {value}: neither a return nor a sale; ask the source what was meant."""

    zh = "冲销单中出现正数数量 {value}，既不是退货也不是销售；请向来源系统核实。"


class NegativeOutsideCancellation(Invalid):
    """A quantity of {value} has a price but is no cancellation; ask the source whether it was a return."""

    zh = "数量为 {value} 且有单价，却不在冲销单中；请向来源系统核实是否为退货。"


class PriceNegative(Invalid):
    """The price {value} is negative, as only a discount or a bad debt may be; ask the source what was meant."""

    zh = "单价 {value} 为负数，而只有折扣和坏账可以为负；请向来源系统核实。"


class OtherCustomer(Invalid):
    """The invoice belongs to customer {owner}, this row to {value}; correct one of them in the source."""

    zh = "该单据属于客户 {owner}，而本行属于客户 {value}；请在来源系统中更正其一。"


class BeyondLimit(Invalid):
    """The document is left out: {what} is {value}, more than the {most} we can take; correct it in the source."""

    zh = "该单据未导入：{what} 为 {value}，最多允许 {most}；请在来源系统中更正。"


class DatedInFuture(Invalid):
    """The document is left out: its time {at} lies in the future; correct it in the source."""

    zh = "该单据未导入：其时间 {at} 在未来；请在来源系统中更正。"


class RowError(Struct, frozen=True):
    """One thing that is wrong with one row."""

    row_no: int  # of the file: the first row after the header is 1
    column: str  # the header of the file
    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, row_no: int, column: str, error: Invalid) -> Self:
        return cls(row_no, column, error.code, error.message("zh"), error.message("en"))

    def on(self, row_no: int) -> Self:
        """Give the same error on another row; the messages, written once, are shared."""
        return type(self)(row_no, self.column, self.code, self.zh, self.en)
