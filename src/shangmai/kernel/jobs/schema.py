"""The names of pgqueuer's tables in our database, and their DDL.

Every name is spelled out: pgqueuer also takes them from the environment, among others from variables that are just
called FUNCTION, TRIGGER or CHANNEL, and would then look for tables that are not there.
"""

from __future__ import annotations

from typing import Final

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.types import Channel

CHANNEL: Final = Channel("shangmai_jobs")


def settings() -> DBSettings:
    return DBSettings(
        prefix="",
        db_schema=None,
        channel=CHANNEL,
        function="fn_pgqueuer_changed",
        statistics_table="pgqueuer_statistics",
        queue_status_type="pgqueuer_status",
        queue_table="pgqueuer",
        queue_table_log="pgqueuer_log",
        trigger="tg_pgqueuer_changed",
        schedules_table="pgqueuer_schedules",
        durability=Durability.durable,
    )


def ddl() -> str:
    """What pgqueuer installs, in the release that is installed now, and what its and our statements need besides."""
    return (
        QueryBuilderEnvironment(settings()).build_install_query(create_schema=False)
        + """
CREATE INDEX pgqueuer_parked_key ON pgqueuer (dedupe_key) WHERE status = 'failed';
GRANT SELECT, INSERT, UPDATE, DELETE ON pgqueuer, pgqueuer_log, pgqueuer_schedules, pgqueuer_statistics
  TO shangmai_app;
GRANT USAGE ON SEQUENCE pgqueuer_id_seq, pgqueuer_schedules_id_seq, pgqueuer_statistics_id_seq TO shangmai_app;
"""
    )
