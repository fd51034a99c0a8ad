"""Recording money in and out of orders, and moving it through payment providers."""

from shangmai.modules.payments.service.accepting import accept, check_callback
from shangmai.modules.payments.service.gateways import Gateway, find_gateway, use_gateway
from shangmai.modules.payments.service.intents import close_intents, start
from shangmai.modules.payments.service.recording import payments_of, prove, record, refund
from shangmai.modules.payments.service.refunding import settle_refund
from shangmai.modules.payments.service.simulated import TestGateway, press

__all__ = [
    "Gateway",
    "TestGateway",
    "accept",
    "check_callback",
    "close_intents",
    "find_gateway",
    "payments_of",
    "press",
    "prove",
    "record",
    "refund",
    "settle_refund",
    "start",
    "use_gateway",
]
