"""`shangmai import`: a file through the actions, as fast as the machine allows, with a report at the end.

report = await import_orders(db, runner, path, "online-retail", actor=SYSTEM)
report = await import_sheet(db, runner, "catalog.create_product", path, "products", dry_run=True)
"""

from shangmai.apps.importing.bar import Bar, Progress, Silent
from shangmai.apps.importing.command import app
from shangmai.apps.importing.following import drained, follower
from shangmai.apps.importing.running import import_orders, import_sheet

__all__ = ["Bar", "Progress", "Silent", "app", "drained", "follower", "import_orders", "import_sheet"]
