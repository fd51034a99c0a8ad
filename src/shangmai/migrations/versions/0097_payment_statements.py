"""Providers' bills beside what is recorded here."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0097"
down_revision = "0096"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE payment_statements (
  id uuid PRIMARY KEY,
  company_id uuid NOT NULL REFERENCES companies (id),
  provider text NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz NOT NULL CHECK (until > since),
  file_name text NOT NULL CHECK (file_name <> ''),
  file_sha256 text NOT NULL,
  currency char(3) NOT NULL,
  paid_minor bigint NOT NULL CHECK (paid_minor >= 0),
  refunded_minor bigint NOT NULL CHECK (refunded_minor >= 0),
  fee_minor bigint NOT NULL,
  recorded_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  UNIQUE (company_id, provider, file_sha256)
);
CREATE INDEX payment_statements_list ON payment_statements (recorded_at, id);
GRANT SELECT, INSERT ON payment_statements TO shangmai_app;

CREATE TABLE payment_statement_lines (
  id uuid PRIMARY KEY,
  statement_id uuid NOT NULL REFERENCES payment_statements (id),
  company_id uuid NOT NULL,
  verdict text NOT NULL
    CHECK (verdict IN ('matched', 'amount_differs', 'missing_here', 'missing_there', 'repeated')),
  kind text NOT NULL CHECK (kind IN ('payment', 'refund')),
  transaction text NOT NULL,
  own_number text NOT NULL,
  at timestamptz NOT NULL,
  theirs_minor bigint CHECK ((theirs_minor IS NULL) = (verdict = 'missing_there')),
  fee_minor bigint NOT NULL,
  ours_minor bigint,
  own_id uuid CHECK ((own_id IS NULL) = (ours_minor IS NULL)),
  order_id uuid,
  settled_at timestamptz,
  note text NOT NULL,
  CHECK ((verdict = 'missing_here') = (own_id IS NULL))
) WITH (fillfactor = 90);
CREATE INDEX payment_statement_lines_list ON payment_statement_lines (statement_id, at, id);
CREATE INDEX payment_statement_lines_own ON payment_statement_lines (own_id) WHERE own_id IS NOT NULL;
GRANT SELECT, INSERT, UPDATE (verdict, ours_minor, own_id, order_id, settled_at, note)
  ON payment_statement_lines TO shangmai_app;
CREATE INDEX payments_method ON payments (company_id, method, at) WHERE kind = 'payment';
CREATE INDEX refund_calls_provider ON refund_calls (company_id, provider, requested_at);
""")
    for table in ("payment_statements", "payment_statement_lines"):
        run_sql(scope_policy(table, company="company_id"))
