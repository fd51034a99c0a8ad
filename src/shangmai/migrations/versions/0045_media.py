"""Pictures and films by the hash of their bytes."""

from shangmai.kernel.db.migrate import run_sql

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE media_files (
  sha256 text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  media_type text NOT NULL CHECK (media_type ~ '^(image|video)/'),
  size bigint NOT NULL CHECK (size > 0),
  width integer CHECK (width > 0),
  height integer CHECK (height > 0),
  name text NOT NULL CHECK (name <> ''),
  at timestamptz NOT NULL,
  by uuid NOT NULL,
  cause uuid NOT NULL,
  CONSTRAINT pictures_have_pixels CHECK ((media_type LIKE 'image/%') = (num_nonnulls(width, height) = 2))
);
GRANT SELECT, INSERT ON media_files TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['media.upload'] WHERE code IN ('merchandiser', 'clerk') AND is_builtin;
""")
