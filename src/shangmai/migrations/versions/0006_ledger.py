"""Ledger: books, charts of accounts, posting rules, vouchers, period totals, rates, the book of money."""

from shangmai.kernel.books.schema import book_ddl_v1
from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
CREATE TABLE ledger_books (
  company_id uuid PRIMARY KEY REFERENCES companies (id),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  timezone text NOT NULL,
  closed_through integer CHECK (closed_through % 100 BETWEEN 1 AND 12),
  opened_at timestamptz NOT NULL
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE (closed_through) ON ledger_books TO shangmai_app;

CREATE TABLE ledger_accounts (
  company_id uuid NOT NULL REFERENCES ledger_books (company_id),
  code text NOT NULL CHECK (code ~ '^[1-9][0-9]{3}([0-9]{2}){0,4}$'),
  zh text NOT NULL CHECK (zh <> ''),
  en text NOT NULL CHECK (en <> ''),
  kind text NOT NULL CHECK (kind IN ('asset', 'liability', 'equity', 'income', 'expense')),
  normal_side text NOT NULL CHECK (normal_side IN ('debit', 'credit')),
  parent text CHECK (starts_with(code, parent) AND parent <> code),
  PRIMARY KEY (company_id, code),
  FOREIGN KEY (company_id, parent) REFERENCES ledger_accounts (company_id, code)
);
GRANT SELECT, INSERT ON ledger_accounts TO shangmai_app;

CREATE TABLE ledger_rules (
  company_id uuid REFERENCES ledger_books (company_id),
  name text NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  event text NOT NULL,
  "when" json NOT NULL,
  lines json NOT NULL,
  summary text NOT NULL,
  active_from timestamptz NOT NULL,
  active_to timestamptz CHECK (active_to >= active_from),
  cause uuid NOT NULL,
  CONSTRAINT ledger_rules_key UNIQUE NULLS NOT DISTINCT (company_id, name, version)
);
CREATE INDEX ledger_rules_event ON ledger_rules (event);
GRANT SELECT, INSERT, UPDATE (active_to) ON ledger_rules TO shangmai_app;

CREATE TABLE ledger_periods (
  company_id uuid NOT NULL REFERENCES ledger_books (company_id),
  period integer NOT NULL CHECK (period % 100 BETWEEN 1 AND 12),
  last_number bigint NOT NULL CHECK (last_number > 0),
  PRIMARY KEY (company_id, period)
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE (last_number) ON ledger_periods TO shangmai_app;

CREATE TABLE ledger_entries (
  id uuid PRIMARY KEY,
  company_id uuid NOT NULL,
  period integer NOT NULL,
  number bigint NOT NULL CHECK (number > 0),
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  rule text,
  rule_version integer CHECK ((rule IS NULL) = (rule_version IS NULL)),
  summary text NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  rate numeric NOT NULL CHECK (rate > 0),
  reversal_of uuid REFERENCES ledger_entries (id) CHECK (reversal_of <> id),
  recorded_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ledger_entries_number UNIQUE (company_id, period, number)
);
CREATE UNIQUE INDEX ledger_entries_once ON ledger_entries (cause, rule, company_id) WHERE rule IS NOT NULL;
CREATE INDEX ledger_entries_by_hand ON ledger_entries (cause) WHERE rule IS NULL;
CREATE UNIQUE INDEX ledger_entries_reversed_once ON ledger_entries (reversal_of) WHERE reversal_of IS NOT NULL;
GRANT SELECT, INSERT ON ledger_entries TO shangmai_app;

CREATE TABLE ledger_lines (
  entry_id uuid NOT NULL REFERENCES ledger_entries (id),
  line integer NOT NULL CHECK (line > 0),
  company_id uuid NOT NULL,
  period integer NOT NULL,
  number bigint NOT NULL,
  debit_account text NOT NULL,
  debit_party uuid,
  credit_account text NOT NULL,
  credit_party uuid,
  amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
  original_minor bigint NOT NULL CHECK (sign(original_minor) = sign(amount_minor)),
  PRIMARY KEY (entry_id, line),
  CHECK (debit_account <> credit_account OR debit_party IS DISTINCT FROM credit_party)
);
CREATE INDEX ledger_lines_debit ON ledger_lines (company_id, debit_account, period, number, line);
CREATE INDEX ledger_lines_credit ON ledger_lines (company_id, credit_account, period, number, line);
GRANT SELECT, INSERT ON ledger_lines TO shangmai_app;

-- Written by the statement that writes the lines: its foreign key holds for their accounts too, at a few rows a batch.
CREATE TABLE ledger_totals (
  company_id uuid NOT NULL,
  period integer NOT NULL,
  account text NOT NULL,
  debit_minor bigint NOT NULL,
  credit_minor bigint NOT NULL,
  PRIMARY KEY (company_id, account, period),
  FOREIGN KEY (company_id, account) REFERENCES ledger_accounts (company_id, code)
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE (debit_minor, credit_minor) ON ledger_totals TO shangmai_app;

CREATE TABLE ledger_rates (
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  quote text NOT NULL CHECK (quote ~ '^[A-Z]{3}$' AND quote <> currency),
  day date NOT NULL,
  rate numeric NOT NULL CHECK (rate > 0),
  source text NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (currency, quote, day)
);
GRANT SELECT, INSERT, UPDATE (rate, source, cause) ON ledger_rates TO shangmai_app;
""")
    run_sql(book_ddl_v1("money", {"company_id": "uuid", "account": "text", "party_id": "uuid"}))
    for table in (
        "ledger_books",
        "ledger_accounts",
        "ledger_rules",
        "ledger_periods",
        "ledger_entries",
        "ledger_lines",
        "ledger_totals",
        "money_accounts",
    ):
        run_sql(scope_policy(table, company="company_id"))
    # General rules are for everyone to see, and for those who see every company to change.
    run_sql("CREATE POLICY general ON ledger_rules FOR SELECT USING (company_id IS NULL);")
