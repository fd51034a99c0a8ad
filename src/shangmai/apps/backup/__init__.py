"""Backups: one file that holds the database, the uploaded files and a manifest; restoring it; drilling that.

Invariants: a backup file is complete or absent; all of it is of one moment of the database; nothing of an existing
database is lost by a restore (it is kept under another name); a restored database was proven before it took its place.
"""

from shangmai.apps.backup.archive import Manifest
from shangmai.apps.backup.restoring import Drill, Restored, check, restore
from shangmai.apps.backup.taking import Sources, back_up

__all__ = ["Drill", "Manifest", "Restored", "Sources", "back_up", "check", "restore"]
