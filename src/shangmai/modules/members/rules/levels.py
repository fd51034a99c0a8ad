"""Which level what a member spent gives: pure."""

from __future__ import annotations

from shangmai.kernel.errors import AppError
from shangmai.modules.members.contract.leveling import LevelRule, LevelStep, LevelStepsUnfit


def check_rule(rule: LevelRule) -> AppError | None:
    """The refusal of steps that do not rise, or of a level that stands twice."""
    levels = {step.level for step in rule.steps}
    rises = all(low.spent_minor < high.spent_minor for low, high in zip(rule.steps, rule.steps[1:], strict=False))
    return None if rises and len(levels) == len(rule.steps) else LevelStepsUnfit()


def level_by(rule: LevelRule, level: str, spent_minor: int) -> str:
    """The level that a member has by the rule, who has `level` and spent so much in the period.

    A level that the rule does not know was given by hand, and stays.
    """
    ladder = ["", *(step.level for step in rule.steps)]
    if not rule.steps or level not in ladder:
        return level
    reached = ladder[sum(step.spent_minor <= spent_minor for step in rule.steps)]
    is_lower = ladder.index(reached) < ladder.index(level)
    return level if is_lower and not rule.lowers else reached


def next_step(rule: LevelRule, spent_minor: int) -> LevelStep | None:
    """The step that comes next; None at the top."""
    return next((step for step in rule.steps if step.spent_minor > spent_minor), None)
