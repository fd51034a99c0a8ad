"""The addresses of payments: reads, providers' callbacks, a shopper's pages, and the test gateway's own side."""

from typing import Any, Final

from shangmai.modules.payments.http import callbacks, gateway, paying, reads, statements

routes: Final[list[Any]] = [
    *reads.routes,
    *callbacks.routes,
    *gateway.routes,
    *paying.routes,
    *statements.routes,
]
