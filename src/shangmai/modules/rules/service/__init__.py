"""What other modules may call: asking tables, and checking conditions."""

from shangmai.modules.rules.rules.tables import Ruling, check_condition
from shangmai.modules.rules.service.deciding import (
    InForce,
    decisions_about,
    in_force,
    list_decisions,
    record,
    ruling,
    subject,
)
from shangmai.modules.rules.service.tables import (
    get_table,
    list_tables,
    publish_table,
    roll_back_table,
    save_table,
    try_table,
    withdraw_table,
)

__all__ = [
    "InForce", "Ruling", "check_condition", "decisions_about", "get_table", "in_force", "list_decisions", "list_tables",
    "publish_table", "record", "roll_back_table", "ruling", "save_table", "subject", "try_table", "withdraw_table",
]  # fmt: skip
