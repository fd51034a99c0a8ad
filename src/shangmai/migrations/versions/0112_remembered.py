"""Facts that seldom change are counted, so that processes may remember them; ids of accounts can be drawn ahead."""

from shangmai.kernel.db.migrate import run_sql
from shangmai.kernel.db.schema import FACTS_V1, count_facts_v1

revision = "0112"
down_revision = "0111"
branch_labels = None
depends_on = None

FACTS = {
    "pricing": {"pricing_versions": "UPDATE"},
    "rules": {"rule_tables": "INSERT OR UPDATE OF published OR DELETE OR TRUNCATE"},
    "exceptions": {"order_exception_policies": "", "order_own_causes": ""},
    "places": {
        "shop_warehouses": "",
        "channel_shares": "INSERT OR UPDATE OF mode, buffer OR DELETE OR TRUNCATE",
        "channel_locks": "",
    },
    "checkout": {"checkout_settings": "", "pickup_points": ""},
    "freight": {"freight_settings": ""},
}
BOOKS = ("stock", "value", "quota", "points", "receipts", "credit", "money", "bin")


def upgrade() -> None:
    run_sql(FACTS_V1)
    for kind, tables in FACTS.items():
        run_sql(count_facts_v1(kind, tables))
    for book in BOOKS:
        run_sql(f"GRANT USAGE ON SEQUENCE {book}_accounts_id_seq TO shangmai_app;")
