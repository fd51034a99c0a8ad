"""What is refused about conditions and decision tables."""

from __future__ import annotations

from msgspec import convert

from shangmai.kernel.errors import Conflict, Invalid, NotFound, fill


class ConditionInvalid(Invalid):
    """The condition cannot be read ({problem}) near '{near}'; correct it there, as in: goods_minor >= 10000."""

    zh = "条件无法解析（{problem}），位置在“{near}”附近；请在此处改正，例如：goods_minor >= 10000。"


class FactUnknown(Invalid):
    """There is no fact '{field}' to write conditions with; use one of: {facts}."""

    zh = "条件中没有名为“{field}”的字段；可用字段：{facts}。"


class FactOfOtherKind(Invalid):
    """'{field}' is {kind}, which does not go with {other} in a condition; compare it with {kind}."""

    zh = "条件中的“{field}”是{kind}，不能与{other}一起使用；请与{kind}比较。"


class ConditionNotYesOrNo(Invalid):
    """The condition gives {kind}, and it must be true or false; compare it with something, as in: pieces >= 2."""

    zh = "条件的结果是{kind}，而它必须为真或假；请加上比较，例如：pieces >= 2。"


class SubjectUnknown(NotFound):
    """There is nothing called {subject} to decide on; GET /api/v1/rules/subjects lists what there is."""

    zh = "没有名为 {subject} 的决策主题；可通过 GET /api/v1/rules/subjects 查看全部主题。"


class TableNotFound(NotFound):
    """This company has no table for {subject} yet; save one first: rules.save_table."""

    zh = "该公司尚无 {subject} 的决策表；请先保存：rules.save_table。"


class VersionNotFound(NotFound):
    """The table for {subject} has no version {version}; its versions go from 1 to {latest}."""

    zh = "{subject} 的决策表没有第 {version} 版；现有第 1 至 {latest} 版。"


class TableSavedMeanwhile(Conflict):
    """The table for {subject} is at version {latest}, you started from {base}; look at it, then repeat your change."""

    zh = "{subject} 的决策表已是第 {latest} 版，您基于第 {base} 版修改；请重新查看后再改。"


class NothingBefore(Conflict):
    """Only one version of the table for {subject} has ever decided; publish the version you want by its number."""

    zh = "{subject} 的决策表只有一个版本生效过，无可回退；请指定版本号发布。"


class NotInForce(Conflict):
    """The table for {subject} decides nothing at present, so there is nothing to take back."""

    zh = "{subject} 的决策表当前未生效，无需停用。"


class NoRows(Invalid):
    """Row {row} answers nothing; say in `then` what follows when it fits, or remove it."""

    zh = "第 {row} 行没有结果；请在 then 中填写命中后的结果，或删除该行。"


class RowTwice(Invalid):
    """There are two rows {row}; give one of them another id."""

    zh = "行编号 {row} 重复；请给其中一行换一个编号。"


class OutcomeInvalid(Invalid):
    """Row {row} cannot answer {outcome} with {given}; possible: {possible}."""

    zh = "第 {row} 行的结果 {outcome} 不能是 {given}；可填：{possible}。"


class CellInvalid(Invalid):
    """Row {row}, {field}: {problem}"""

    zh = "第 {row} 行 {field}：{problem}"

    def message(self, lang: str = "en") -> str:
        """Tell the problem in the reader's language."""
        is_chinese = lang[:2].lower() == "zh"
        problem = convert(self.data["problem"], dict[str, str])["zh" if is_chinese else "en"]
        return fill(self.zh if is_chinese else "Row {row}, {field}: {problem}", {**self.data, "problem": problem})
