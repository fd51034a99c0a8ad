"""Further parcels of a unit: what does not go into one carton leaves in several, each with its waybill."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0089"
down_revision = "0088"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE packed_boxes (
  doc uuid NOT NULL REFERENCES pick_requests,
  box integer NOT NULL CHECK (box > 1),
  number text NOT NULL UNIQUE,
  warehouse_id uuid NOT NULL,
  carrier text NOT NULL,
  waybill text NOT NULL,
  carton text NOT NULL,
  carton_g bigint NOT NULL,
  weight_g bigint,
  packed_at timestamptz NOT NULL,
  handed_at timestamptz,
  cause uuid NOT NULL,
  PRIMARY KEY (doc, box)
);
CREATE UNIQUE INDEX packed_boxes_waybill ON packed_boxes (waybill) WHERE waybill <> '';
ALTER TABLE shipments ADD COLUMN box integer NOT NULL DEFAULT 1 CHECK (box >= 1);
GRANT SELECT, INSERT, DELETE, UPDATE (carrier, waybill, weight_g, handed_at) ON packed_boxes TO shangmai_app;
""")
    run_sql(scope_policy("packed_boxes", warehouse="warehouse_id"))
