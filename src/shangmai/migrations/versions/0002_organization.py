"""Organization: companies, their shops, their departments."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE companies (
  id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9_-]{1,32}$'),
  name text NOT NULL CHECK (name <> ''),
  currency char(3) NOT NULL,
  timezone text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE (name) ON companies TO shangmai_app;

CREATE TABLE shops (
  id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9_-]{1,32}$'),
  name text NOT NULL CHECK (name <> ''),
  company_id uuid NOT NULL REFERENCES companies (id),
  kind text NOT NULL CHECK (kind IN ('mall', 'pos', 'taobao', 'jd', 'pdd', 'douyin', 'b2b', 'import')),
  currency char(3) NOT NULL,
  timezone text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX shops_company ON shops (company_id, code);
GRANT SELECT, INSERT, UPDATE (name) ON shops TO shangmai_app;

CREATE TABLE departments (
  id uuid PRIMARY KEY,
  company_id uuid NOT NULL REFERENCES companies (id),
  parent_id uuid,
  name text NOT NULL CHECK (name <> ''),
  CHECK (parent_id <> id),
  CONSTRAINT departments_in_company UNIQUE (company_id, id),
  CONSTRAINT departments_parent FOREIGN KEY (company_id, parent_id) REFERENCES departments (company_id, id),
  CONSTRAINT departments_name UNIQUE NULLS NOT DISTINCT (company_id, parent_id, name)
);
GRANT SELECT, INSERT, UPDATE (name, parent_id) ON departments TO shangmai_app;
""")
    run_sql(scope_policy("companies", company="id"))
    run_sql(scope_policy("shops", shop="id"))
    run_sql(scope_policy("departments", company="company_id"))
