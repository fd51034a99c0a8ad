"""How the server is set up."""

import hashlib
from pathlib import Path
from typing import Final

import psutil

PORT: Final = 5432  # only names the socket file: there is no TCP
MiB: Final = 1024 * 1024


def settings(data: Path, socket_dir: Path, *, memory_bytes: int | None = None) -> dict[str, str | int]:
    """What differs from PostgreSQL's defaults, or must never differ from them. `ALTER SYSTEM` overrules it."""
    memory_mib = (memory_bytes or psutil.virtual_memory().total) // MiB
    return {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": f'"{socket_dir}"',
        "unix_socket_permissions": "0700",
        "cluster_name": cluster_name(data),
        "max_connections": 200,
        # An import has to do with 1.5 GiB for everything; above 256 MiB the kernel's page cache serves nearly as well.
        "shared_buffers": f"{min(memory_mib // 4, 256)}MB",
        "effective_cache_size": f"{memory_mib // 2}MB",
        "work_mem": f"{min(max(memory_mib // 512, 4), 16)}MB",
        "maintenance_work_mem": f"{min(max(memory_mib // 16, 32), 128)}MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "wal_compression": "on",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        # Queue tables turn over many times a day: small shares, short naps, and a worker that is not throttled early.
        "autovacuum_naptime": "15s",
        "autovacuum_vacuum_scale_factor": "0.02",
        "autovacuum_vacuum_insert_scale_factor": "0.05",
        "autovacuum_analyze_scale_factor": "0.05",
        "autovacuum_vacuum_cost_limit": 1000,
        # Event consumers wait for the oldest open transaction, so one that idles holds up everybody.
        "idle_in_transaction_session_timeout": "60s",
        "client_connection_check_interval": "10s",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "track_io_timing": "on",
        "log_lock_waits": "on",
        "log_line_prefix": "%m [%p] %q%u@%d %a ",
        "logging_collector": "on",
        "log_directory": "../log",
        "log_filename": "postgresql-%a.log",  # one a weekday, overwritten after a week
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": 0,
    }


def render(values: dict[str, str | int]) -> str:
    quoted = {name: str(value).replace("\\", "\\\\").replace("'", "''") for name, value in values.items()}
    lines = [f"{name} = '{value}'\n" for name, value in quoted.items()]
    return "# Written at every start: changes here are lost. Use ALTER SYSTEM instead.\n" + "".join(lines)


def cluster_name(data: Path) -> str:
    return f"shangmai-{short_hash(data)}"


def short_hash(path: Path, *salt: int) -> str:
    return hashlib.sha256(repr((str(path), *salt)).encode()).hexdigest()[:12]
