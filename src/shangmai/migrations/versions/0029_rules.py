"""Decision tables: versions, what was in force when, and what was decided."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE rule_tables (
  id uuid PRIMARY KEY,
  company_id uuid NOT NULL,
  subject text NOT NULL,
  latest integer NOT NULL CHECK (latest >= 0),
  published integer CHECK (published BETWEEN 1 AND latest),
  UNIQUE (company_id, subject)
);
CREATE INDEX rule_tables_subject ON rule_tables (subject, id);
GRANT SELECT, INSERT, UPDATE (latest, published) ON rule_tables TO shangmai_app;
CREATE TABLE rule_versions (
  table_id uuid NOT NULL REFERENCES rule_tables,
  version integer NOT NULL CHECK (version >= 1),
  content json NOT NULL,
  note text NOT NULL,
  made_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (table_id, version)
);
GRANT SELECT, INSERT ON rule_versions TO shangmai_app;
CREATE TABLE rule_publications (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  table_id uuid NOT NULL REFERENCES rule_tables,
  version integer,
  at timestamptz NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX rule_publications_table ON rule_publications (table_id, seq);
GRANT SELECT, INSERT ON rule_publications TO shangmai_app;
CREATE TABLE rule_decisions (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  about uuid NOT NULL,
  company_id uuid NOT NULL,
  subject text NOT NULL,
  table_id uuid NOT NULL,
  version integer NOT NULL,
  row_id text,
  outcome json NOT NULL,
  facts json NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX rule_decisions_about ON rule_decisions (about);
CREATE INDEX rule_decisions_subject ON rule_decisions (subject, at, seq);
GRANT SELECT, INSERT ON rule_decisions TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['rules.read'] WHERE code IN ('clerk', 'merchandiser')
  AND NOT grants @> ARRAY['rules.read'];
""")
    run_sql(scope_policy("rule_tables", company="company_id"))
    run_sql(scope_policy("rule_decisions", company="company_id"))
