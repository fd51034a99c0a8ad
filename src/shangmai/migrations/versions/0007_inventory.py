"""Inventory: warehouses, stock documents, the books of pieces and of their value."""

from shangmai.kernel.books.schema import book_ddl_v1
from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ACCOUNT = {"sku_id": "uuid", "warehouse_id": "uuid", "bucket": "text", "lot": "text", "owner_id": "uuid"}


def upgrade() -> None:
    run_sql("""
CREATE TABLE warehouses (
  id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL,
  company_id uuid NOT NULL,
  created_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE (name) ON warehouses TO shangmai_app;
CREATE TABLE shop_warehouses (
  shop_id uuid PRIMARY KEY,
  warehouse_id uuid NOT NULL REFERENCES warehouses (id)
);
GRANT SELECT, INSERT, UPDATE (warehouse_id) ON shop_warehouses TO shangmai_app;
CREATE TABLE stock_documents (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  kind text NOT NULL CHECK (kind IN ('receipt', 'adjustment', 'transfer', 'arrival', 'regrade')),
  company_id uuid NOT NULL,
  warehouse_id uuid NOT NULL,
  from_warehouse_id uuid,
  reason text NOT NULL,
  reference text NOT NULL,
  at timestamptz NOT NULL,
  pieces bigint NOT NULL,
  value_minor bigint NOT NULL,
  arrived_by uuid UNIQUE,
  cause uuid NOT NULL
);
CREATE INDEX stock_documents_list ON stock_documents (warehouse_id, at, id);
GRANT SELECT, INSERT, UPDATE (arrived_by) ON stock_documents TO shangmai_app;
CREATE TABLE stock_document_lines (
  document_id uuid NOT NULL,
  line integer NOT NULL,
  sku_id uuid NOT NULL,
  bucket text NOT NULL,
  lot text NOT NULL,
  qty bigint NOT NULL,
  cost_minor bigint NOT NULL,
  PRIMARY KEY (document_id, line)
);
GRANT SELECT, INSERT ON stock_document_lines TO shangmai_app;
""")
    for book in ("stock", "value"):
        run_sql(book_ddl_v1(book, ACCOUNT))
        run_sql(scope_policy(f"{book}_accounts", warehouse="warehouse_id"))
    run_sql(scope_policy("warehouses", warehouse="id"))
    run_sql(scope_policy("stock_documents", warehouse="warehouse_id"))
