"""Stock counts by bin, and what they measured."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE stock_counts (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  company_id uuid NOT NULL,
  warehouse_id uuid NOT NULL REFERENCES warehouses (id),
  kind text NOT NULL CHECK (kind IN ('chosen', 'cycle', 'risk')),
  blind boolean NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'approved', 'canceled')),
  opened_at timestamptz NOT NULL,
  ended_at timestamptz CHECK ((ended_at IS NULL) = (status = 'open')),
  cause uuid NOT NULL
);
CREATE INDEX stock_counts_list ON stock_counts (warehouse_id, number);
GRANT SELECT, INSERT, UPDATE (status, ended_at) ON stock_counts TO shangmai_app;
CREATE TABLE stock_count_bins (
  count_id uuid NOT NULL REFERENCES stock_counts (id),
  bin_id uuid NOT NULL REFERENCES warehouse_bins (id),
  open boolean NOT NULL,
  approved boolean NOT NULL CHECK (NOT (open AND approved)),
  rounds integer NOT NULL CHECK (rounds >= 0),
  looked_at timestamptz CHECK ((looked_at IS NULL) = (rounds = 0)),
  counted_at timestamptz,
  counted_by uuid,
  found json NOT NULL,
  PRIMARY KEY (count_id, bin_id)
);
CREATE UNIQUE INDEX stock_count_bins_once ON stock_count_bins (bin_id) WHERE open;
CREATE INDEX stock_count_bins_last ON stock_count_bins (bin_id, looked_at);
GRANT SELECT, INSERT, UPDATE (open, approved, rounds, looked_at, counted_at, counted_by, found) ON stock_count_bins
  TO shangmai_app;
CREATE TABLE count_results (
  count_id uuid NOT NULL REFERENCES stock_counts (id),
  bin_id uuid NOT NULL,
  sku_id uuid NOT NULL,
  bucket text NOT NULL,
  lot text NOT NULL,
  warehouse_id uuid NOT NULL,
  system bigint NOT NULL,
  counted bigint NOT NULL CHECK (counted >= 0),
  counted_on date NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (count_id, bin_id, sku_id, bucket, lot)
);
CREATE INDEX count_results_days ON count_results (warehouse_id, counted_on);
GRANT SELECT, INSERT ON count_results TO shangmai_app;
""")
    run_sql(scope_policy("stock_counts", warehouse="warehouse_id"))
    run_sql(scope_policy("count_results", warehouse="warehouse_id"))
