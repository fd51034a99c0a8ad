"""Recording money in and out of orders, and moving it through payment providers."""

from shangmai.modules.payments.providers.test.gateway import TestGateway
from shangmai.modules.payments.service.accepting import accept, check_callback
from shangmai.modules.payments.service.accounts import check_account, methods_of, set_account
from shangmai.modules.payments.service.credit import (
    authorizations_of,
    authorize,
    credit_line,
    credit_lines,
    release_authorizations,
    set_credit_limit,
)
from shangmai.modules.payments.service.fees import post_fees, reverse_fees
from shangmai.modules.payments.service.intents import close_intents, start, start_new
from shangmai.modules.payments.service.links import ask_intent, choose_method, open_link
from shangmai.modules.payments.service.presenting import present
from shangmai.modules.payments.service.providers import find_provider, public_url, use_provider, use_public_url
from shangmai.modules.payments.service.recording import payments_of, prove, record, record_new, refund, ways_back
from shangmai.modules.payments.service.refunding import retry_refund, settle_refund
from shangmai.modules.payments.service.simulated import press
from shangmai.modules.payments.service.statements import (
    get_statement,
    read_statement,
    recheck_statement,
    record_statement,
    settle_statement_line,
)

__all__ = [
    "TestGateway",
    "accept",
    "ask_intent",
    "authorizations_of",
    "authorize",
    "check_account",
    "check_callback",
    "choose_method",
    "close_intents",
    "credit_line",
    "credit_lines",
    "find_provider",
    "get_statement",
    "methods_of",
    "open_link",
    "payments_of",
    "post_fees",
    "present",
    "press",
    "prove",
    "public_url",
    "read_statement",
    "recheck_statement",
    "record",
    "record_new",
    "record_statement",
    "refund",
    "release_authorizations",
    "retry_refund",
    "reverse_fees",
    "set_account",
    "set_credit_limit",
    "settle_refund",
    "settle_statement_line",
    "start",
    "start_new",
    "use_provider",
    "use_public_url",
    "ways_back",
]
