"""What a shop window says beside a price, in English too."""

from shangmai.kernel.db.migrate import run_sql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("ALTER TABLE storefront_products ADD badges_en text[] NOT NULL DEFAULT '{}';")
