"""Kinds of cartons that a warehouse packs into."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE packing_cartons (
  id uuid PRIMARY KEY,
  warehouse_id uuid NOT NULL REFERENCES warehouses (id),
  code text NOT NULL,
  length_mm integer NOT NULL CHECK (length_mm > 0),
  width_mm integer NOT NULL CHECK (width_mm > 0),
  height_mm integer NOT NULL CHECK (height_mm > 0),
  own_g bigint NOT NULL CHECK (own_g >= 0),
  goods_max_g bigint CHECK (goods_max_g > 0),
  active boolean NOT NULL,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  CONSTRAINT packing_cartons_code UNIQUE (warehouse_id, code)
);
GRANT SELECT, INSERT, UPDATE (length_mm, width_mm, height_mm, own_g, goods_max_g, active, changed_at, cause)
  ON packing_cartons TO shangmai_app;
""")
    run_sql(scope_policy("packing_cartons", warehouse="warehouse_id"))
