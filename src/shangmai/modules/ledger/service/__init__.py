"""The actions of the ledger, and what other modules may ask of it."""

from shangmai.modules.ledger.service.adopting import adopt_rules, is_behind
from shangmai.modules.ledger.service.books import add_account, open_books, set_rate
from shangmai.modules.ledger.service.periods import closed_period, lock_period, unlock_period
from shangmai.modules.ledger.service.posting import post_events, watched_events
from shangmai.modules.ledger.service.reading import (
    account_balance,
    account_ledger,
    cause_of,
    get_books,
    get_entry,
    get_entry_by_number,
    list_accounts,
    list_entries,
    list_entries_of,
    list_rules,
    prove,
    rates_on,
    result_of,
    trial_balance,
)
from shangmai.modules.ledger.service.rules import publish_rule, retire_rule
from shangmai.modules.ledger.service.trying import event_shapes, try_rule
from shangmai.modules.ledger.service.vouchers import post_entry, reverse_entry

__all__ = [
    "account_balance",
    "account_ledger",
    "add_account",
    "adopt_rules",
    "cause_of",
    "closed_period",
    "event_shapes",
    "get_books",
    "get_entry",
    "get_entry_by_number",
    "is_behind",
    "list_accounts",
    "list_entries",
    "list_entries_of",
    "list_rules",
    "lock_period",
    "open_books",
    "post_entry",
    "post_events",
    "prove",
    "publish_rule",
    "rates_on",
    "result_of",
    "retire_rule",
    "reverse_entry",
    "set_rate",
    "trial_balance",
    "try_rule",
    "unlock_period",
    "watched_events",
]
