"""A pipe from the launcher to each of its children: it closes when the launcher ends, however it ends.

The launcher holds the only writing end and writes nothing. A child that reads the end of the file stops as it would on
SIGTERM, and is ended if that takes too long. A thread does it, so that a busy event loop cannot miss it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Final

GRACE_S: Final = 9.0


def hold_on(fd: int | None) -> None:
    """Stop this process when the launcher at the other end of `fd` is gone; None when nobody launched it."""
    if fd is not None:
        threading.Thread(target=_wait, args=(fd,), name="lifeline", daemon=True).start()


def _wait(fd: int) -> None:
    while os.read(fd, 1):
        pass  # nobody writes; and if somebody did, it would mean nothing
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)
