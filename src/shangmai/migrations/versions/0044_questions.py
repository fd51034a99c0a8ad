"""Questions about products and their answers; customer service moderates and answers."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE storefront_questions (
  id uuid PRIMARY KEY,
  shop_id uuid NOT NULL,
  product_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  text text NOT NULL CHECK (text <> ''),
  status text NOT NULL CHECK (status IN ('pending', 'approved', 'rejected')),
  held_for text[] NOT NULL,
  reason text NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  UNIQUE (id, shop_id)
);
CREATE INDEX storefront_questions_shown ON storefront_questions (product_id, shop_id, id) WHERE status = 'approved';
CREATE INDEX storefront_questions_waiting ON storefront_questions (shop_id, status, id);
CREATE INDEX storefront_questions_customer ON storefront_questions (customer_id, at);
GRANT SELECT, INSERT, UPDATE (status, reason) ON storefront_questions TO shangmai_app;

CREATE TABLE storefront_answers (
  id uuid PRIMARY KEY,
  question_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  product_id uuid NOT NULL,
  customer_id uuid,
  by text NOT NULL CHECK (by IN ('shop', 'buyer')),
  text text NOT NULL CHECK (text <> ''),
  status text NOT NULL CHECK (status IN ('pending', 'approved', 'rejected')),
  held_for text[] NOT NULL,
  reason text NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  CONSTRAINT answer_of_a_customer CHECK ((by = 'buyer') = (customer_id IS NOT NULL)),
  FOREIGN KEY (question_id, shop_id) REFERENCES storefront_questions (id, shop_id)
);
CREATE INDEX storefront_answers_question ON storefront_answers (question_id, status, id);
CREATE INDEX storefront_answers_customer ON storefront_answers (customer_id, at);
GRANT SELECT, INSERT, UPDATE (status, reason) ON storefront_answers TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['storefront.moderate_review', 'storefront.moderate_question']
  WHERE code = 'clerk' AND is_builtin;
""")
    for table in ("storefront_questions", "storefront_answers"):
        run_sql(scope_policy(table, shop="shop_id"))
