"""What can go wrong with a backup or a restore, and what to do then."""

from shangmai.kernel.errors import AppError, Conflict, Invalid, Unavailable


class BackupUnreadable(Invalid):
    """{path} is not a complete backup: {reason}. Take another copy of it, or an older backup."""

    zh = "{path} 不是完整的备份：{reason}。请换一份副本，或使用更早的备份。"


class BackupUnderWay(Conflict):
    """A backup is being made already. Wait for it; the system page shows how far it is."""

    zh = "已有备份正在进行，请等待完成；系统页可查看进度。"


class DiskFull(Unavailable):
    """The disk of {path} is full. Free some space there, then back up again."""

    zh = "{path} 所在磁盘已满。请先腾出空间，再重新备份。"


class FileRefused(Unavailable):
    """{path} cannot be read or written ({reason}). See that it is there and writable, then back up again."""

    zh = "无法读写 {path}（{reason}）。请确认该位置存在且可写，再重新备份。"


class BackupTooNew(Conflict):
    """The backup is of schema {revision}, this release knows them up to {newest}. Install the newer release first."""

    zh = "备份的数据库结构为 {revision}，本版本只到 {newest}。请先安装新版本。"


class DatabaseNotEmpty(Conflict):
    """Database {database} holds data. Restore with --replace: it is then kept as {kept_as}."""

    zh = "数据库 {database} 已有数据。如需恢复请加 --replace，原库会保留为 {kept_as}。"


class DatabaseInUse(Conflict):
    """Database {database} is in use by {users}. Stop Shangmai and whoever else works on it, then restore again."""

    zh = "数据库 {database} 正被 {users} 使用。请停止商脉及其他连接后再恢复。"


class RestoreIncomplete(AppError):
    """After the restore {table} has {found} rows, the backup had {wanted}. Nothing was replaced; report this."""

    zh = "恢复后 {table} 有 {found} 行，备份中为 {wanted} 行。未替换任何数据，请反馈此问题。"


class ToolFailed(AppError):
    """{tool} failed: {words}"""

    zh = "{tool} 执行失败：{words}"


class ToolMissing(AppError):
    """There is no {tool} for PostgreSQL {version}. Install the client programs of that version and put them on PATH."""

    zh = "没有适用于 PostgreSQL {version} 的 {tool}。请安装该版本的客户端程序并加入 PATH。"
