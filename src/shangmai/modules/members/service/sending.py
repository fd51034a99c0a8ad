"""The port through which codes reach phones."""

from __future__ import annotations

import structlog

from shangmai.kernel.settings import Settings
from shangmai.modules.members.contract.signing_in import CodeSender, NoCodeSender

log = structlog.get_logger(__name__)


class LogSender:
    """Writes codes to the log: for demos and development, where whoever reads the log may be anybody."""

    async def send_code(self, phone: str, code: str, *, minutes: int) -> None:
        log.warning("a code to sign in with, in place of a short message", code=code, to=phone, minutes=minutes)


_sender: CodeSender | None = None


def use_code_sender(sender: CodeSender | None) -> None:
    """Send codes by this from now on; None, by what the settings say."""
    global _sender
    _sender = sender


def code_sender() -> CodeSender:
    """Give what sends codes. Raises: NoCodeSender where none is set up and this is no demo."""
    if _sender is not None:
        return _sender
    settings = Settings.load()
    if settings.demo or settings.codes == "log":
        return LogSender()
    raise NoCodeSender()
