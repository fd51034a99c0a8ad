"""Prometheus metrics of the kernel."""

from prometheus_client import Counter, Gauge, Histogram

ACTIONS_RUN = Counter("shangmai_actions_total", "Actions run, by outcome code", ["action", "outcome"])
ACTION_SECONDS = Histogram(
    "shangmai_action_seconds",
    "Time from request to answer of an action",
    ["action"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
BATCH_SIZE = Histogram(
    "shangmai_batch_size", "Calls that shared a transaction", ["action"], buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
EVENT_LAG = Gauge(
    "shangmai_event_lag_events",
    "Events waiting for a consumer's lane",
    ["consumer", "lane"],
    multiprocess_mode="mostrecent",
)
EVENT_LAG_SECONDS = Gauge(
    "shangmai_event_lag_seconds",
    "Age of the oldest waiting event",
    ["consumer", "lane"],
    multiprocess_mode="mostrecent",
)
EVENTS_PARKED = Gauge(
    "shangmai_events_parked", "Events parked for a person to look at", ["consumer"], multiprocess_mode="mostrecent"
)
POOL_CONNECTIONS = Gauge(
    "shangmai_pool_connections", "Database connections of the API processes", ["state"], multiprocess_mode="livesum"
)
BOOK_DIVERGENCES = Gauge(
    "shangmai_book_divergences",
    "Balances that differ from their transfers at the last proof",
    ["book"],
    multiprocess_mode="mostrecent",
)
JOBS_RUN = Counter("shangmai_jobs_total", "Attempts of jobs, by outcome (ok, retried, parked)", ["job", "outcome"])
JOB_SECONDS = Histogram(
    "shangmai_job_seconds",
    "Time of one attempt of a job",
    ["job"],
    buckets=(0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60),
)
JOBS_WAITING = Gauge(
    "shangmai_job_queue", "Jobs by state (queued, picked, failed = parked)", ["state"], multiprocess_mode="mostrecent"
)
