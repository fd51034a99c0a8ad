"""Floor prices of SKUs and of price list entries, below which no promotion takes a line."""

from shangmai.kernel.db.migrate import run_sql

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE price_floors (
  sku_id uuid NOT NULL,
  currency char(3) NOT NULL,
  floor_minor bigint NOT NULL CHECK (floor_minor > 0),
  set_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (sku_id, currency)
);
GRANT SELECT, INSERT, DELETE, UPDATE (floor_minor, set_at, cause) ON price_floors TO shangmai_app;
ALTER TABLE price_entries ADD COLUMN floor_minor bigint,
  ADD CONSTRAINT price_entries_floor CHECK (floor_minor IS NULL OR (floor_minor > 0
    AND target <> 'category' AND (price_minor IS NULL OR floor_minor <= price_minor)));
ALTER TABLE pricing_versions DROP CONSTRAINT pricing_versions_name_check,
  ADD CONSTRAINT pricing_versions_name_check CHECK (name IN ('lists', 'promotions', 'floors'));
INSERT INTO pricing_versions (name) VALUES ('floors');
""")
