"""Sales of the window are counted by a reader of their own, which goes on where the window's reader is."""

from shangmai.kernel.db.migrate import run_sql

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
INSERT INTO event_cursors (consumer, lane, done, open_window, seq)
  SELECT 'storefront.sales', lane, done, open_window, seq FROM event_cursors WHERE consumer = 'storefront.project';
INSERT INTO event_parked (consumer, seq, event_id, key, reason, attempts, parked_at)
  SELECT 'storefront.sales', p.seq, p.event_id, p.key, p.reason, p.attempts, p.parked_at
  FROM event_parked p JOIN events e ON e.id = p.event_id
  WHERE p.consumer = 'storefront.project' AND e.name LIKE 'orders.%';
""")


def downgrade() -> None:
    run_sql("""
DELETE FROM event_parked WHERE consumer = 'storefront.sales';
DELETE FROM event_cursors WHERE consumer = 'storefront.sales';
""")
