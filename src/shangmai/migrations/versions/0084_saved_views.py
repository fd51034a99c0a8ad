"""Views of lists that people keep."""

from shangmai.kernel.db.migrate import run_sql

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE saved_views (
  id uuid PRIMARY KEY,
  owner_id uuid NOT NULL REFERENCES users (id),
  place text NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  query text NOT NULL,
  hidden text[] NOT NULL,
  shared boolean NOT NULL,
  at timestamptz NOT NULL,
  UNIQUE (owner_id, place, name)
);
CREATE INDEX saved_views_shared ON saved_views (place, name) WHERE shared;
GRANT SELECT, INSERT, DELETE, UPDATE (query, hidden, shared, at) ON saved_views TO shangmai_app;
""")
