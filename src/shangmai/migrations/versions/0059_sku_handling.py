"""How SKUs are stored and packed."""

from shangmai.kernel.db.migrate import run_sql

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE sku_handling (
  sku_id uuid PRIMARY KEY REFERENCES skus,
  temperature text NOT NULL CHECK (temperature IN ('ambient', 'chilled', 'frozen')),
  length_mm integer NOT NULL CHECK (length_mm BETWEEN 0 AND 10000),
  width_mm integer NOT NULL CHECK (width_mm BETWEEN 0 AND 10000),
  height_mm integer NOT NULL CHECK (height_mm BETWEEN 0 AND 10000),
  upright boolean NOT NULL,
  fragile boolean NOT NULL,
  set_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON sku_handling TO shangmai_app;
""")
