"""The addresses of payments: reads, providers' callbacks, and the test gateway's own side."""

from typing import Any, Final

from shangmai.modules.payments.http import callbacks, gateway, reads

routes: Final[list[Any]] = [*reads.routes, *callbacks.routes, *gateway.routes]
