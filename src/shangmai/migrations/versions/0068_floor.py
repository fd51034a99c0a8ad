"""The work on a warehouse's floor: what is asked for, waves, tasks, what is checked, packed and handed over."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

SCOPED = ("pick_requests", "pick_waves", "pick_tasks", "put_backs", "pick_shorts", "packed_parcels")


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
CREATE TABLE pick_requests (
  doc uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  company_id uuid NOT NULL,
  warehouse_id uuid NOT NULL,
  courier text NOT NULL,
  priority integer NOT NULL,
  due_at timestamptz,
  revision integer NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'waved', 'picked', 'packed', 'handed_over', 'left', 'stopped')),
  wave_id uuid,
  cell integer,
  pieces bigint NOT NULL CHECK (pieces >= 0),
  weight_g bigint NOT NULL,
  short bigint NOT NULL DEFAULT 0 CHECK (short >= 0),
  why text NOT NULL DEFAULT '',
  asked_at timestamptz NOT NULL,
  CHECK (state NOT IN ('waved', 'picked', 'packed', 'handed_over') OR wave_id IS NOT NULL)
);
CREATE INDEX pick_requests_waiting ON pick_requests (warehouse_id, priority DESC, due_at, asked_at, doc)
  WHERE state = 'waiting';
CREATE INDEX pick_requests_wave ON pick_requests (wave_id) WHERE wave_id IS NOT NULL;
CREATE INDEX pick_requests_short ON pick_requests (warehouse_id) WHERE short > 0;
CREATE INDEX pick_requests_newest ON pick_requests (asked_at, doc);
CREATE TABLE pick_request_lines (
  doc uuid NOT NULL REFERENCES pick_requests,
  order_id uuid NOT NULL,
  line integer NOT NULL,
  sku_id uuid NOT NULL,
  qty bigint NOT NULL CHECK (qty >= 0),
  PRIMARY KEY (doc, order_id, line, sku_id)
);
CREATE INDEX pick_request_lines_order ON pick_request_lines (order_id);
CREATE TABLE pick_waves (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  company_id uuid NOT NULL,
  warehouse_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('single', 'multi', 'hot', 'big')),
  method text NOT NULL CHECK (method IN ('bulk', 'sow', 'sort', 'each')),
  state text NOT NULL CHECK (state IN ('planned', 'released', 'canceled')),
  courier text NOT NULL,
  stage_bin_id uuid NOT NULL REFERENCES warehouse_bins,
  created_at timestamptz NOT NULL,
  released_at timestamptz,
  cause uuid NOT NULL
);
CREATE INDEX pick_waves_newest ON pick_waves (created_at, id);
CREATE TABLE pick_tasks (
  id uuid PRIMARY KEY,
  wave_id uuid NOT NULL REFERENCES pick_waves,
  company_id uuid NOT NULL,
  warehouse_id uuid NOT NULL,
  place integer NOT NULL,
  picker uuid,
  started_at timestamptz,
  UNIQUE (wave_id, place)
);
CREATE TABLE pick_lines (
  id uuid PRIMARY KEY,
  task_id uuid NOT NULL REFERENCES pick_tasks,
  wave_id uuid NOT NULL REFERENCES pick_waves,
  doc uuid NOT NULL REFERENCES pick_requests,
  sku_id uuid NOT NULL,
  bin_id uuid NOT NULL REFERENCES warehouse_bins,
  lot text NOT NULL,
  rank bigint NOT NULL,
  qty bigint NOT NULL CHECK (qty >= 0),
  picked bigint NOT NULL DEFAULT 0,
  sown bigint NOT NULL DEFAULT 0,
  CHECK (picked BETWEEN 0 AND qty),
  CHECK (sown BETWEEN 0 AND picked)
);
CREATE INDEX pick_lines_open ON pick_lines (task_id, rank) WHERE picked < qty;
CREATE INDEX pick_lines_task ON pick_lines (task_id);
CREATE INDEX pick_lines_wave ON pick_lines (wave_id, sku_id);
CREATE INDEX pick_lines_doc ON pick_lines (doc);
CREATE INDEX pick_lines_lot ON pick_lines (sku_id, lot) WHERE lot <> '';
CREATE TABLE put_backs (
  id uuid PRIMARY KEY,
  warehouse_id uuid NOT NULL,
  doc uuid NOT NULL REFERENCES pick_requests,
  number text NOT NULL,
  sku_id uuid NOT NULL,
  lot text NOT NULL,
  bin_id uuid NOT NULL REFERENCES warehouse_bins,
  stage_bin_id uuid NOT NULL REFERENCES warehouse_bins,
  qty bigint NOT NULL CHECK (qty > 0),
  done bigint NOT NULL DEFAULT 0 CHECK (done BETWEEN 0 AND qty),
  at timestamptz NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX put_backs_open ON put_backs (warehouse_id, sku_id, lot, id) WHERE done < qty;
CREATE TABLE pick_shorts (
  id uuid PRIMARY KEY,
  warehouse_id uuid NOT NULL,
  task_id uuid NOT NULL REFERENCES pick_tasks,
  bin_id uuid NOT NULL REFERENCES warehouse_bins,
  sku_id uuid NOT NULL,
  lot text NOT NULL,
  missing bigint NOT NULL CHECK (missing > 0),
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  ended_at timestamptz
);
CREATE INDEX pick_shorts_open ON pick_shorts (warehouse_id, sku_id) WHERE ended_at IS NULL;
CREATE TABLE pack_checks (
  doc uuid NOT NULL REFERENCES pick_requests,
  sku_id uuid NOT NULL,
  checked bigint NOT NULL CHECK (checked >= 0),
  PRIMARY KEY (doc, sku_id)
);
CREATE TABLE packed_parcels (
  doc uuid PRIMARY KEY REFERENCES pick_requests,
  warehouse_id uuid NOT NULL,
  carrier text NOT NULL,
  waybill text NOT NULL,
  carton text NOT NULL,
  carton_g bigint NOT NULL,
  expected_g bigint NOT NULL,
  weight_g bigint,
  accepted text NOT NULL DEFAULT '',
  packed_at timestamptz NOT NULL,
  weighed_at timestamptz,
  handed_at timestamptz,
  cause uuid NOT NULL
);
CREATE UNIQUE INDEX packed_parcels_waybill ON packed_parcels (waybill) WHERE waybill <> '';
CREATE INDEX packed_parcels_newest ON packed_parcels (packed_at, doc);
GRANT SELECT, INSERT, UPDATE (warehouse_id, courier, priority, due_at, revision, state, wave_id, cell, pieces, weight_g,
  short, why, asked_at) ON pick_requests TO shangmai_app;
GRANT SELECT, INSERT, UPDATE (qty) ON pick_request_lines TO shangmai_app;
GRANT SELECT, INSERT, UPDATE (state, released_at) ON pick_waves TO shangmai_app;
GRANT SELECT, INSERT, UPDATE (picker, started_at) ON pick_tasks TO shangmai_app;
GRANT SELECT, INSERT, UPDATE (qty, picked, sown) ON pick_lines TO shangmai_app;
GRANT SELECT, INSERT, UPDATE (done) ON put_backs TO shangmai_app;
GRANT SELECT, INSERT, UPDATE (ended_at) ON pick_shorts TO shangmai_app;
GRANT SELECT, INSERT, UPDATE (checked) ON pack_checks TO shangmai_app;
GRANT SELECT, INSERT, UPDATE (warehouse_id, carrier, waybill, carton, carton_g, expected_g, weight_g, accepted,
  packed_at, weighed_at, handed_at, cause) ON packed_parcels TO shangmai_app;
""")
    for table in SCOPED:
        run_sql(scope_policy(table, warehouse="warehouse_id"))
