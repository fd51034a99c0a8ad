"""The command line. Commands are imported when they are run, so that `--help` is there at once."""

from __future__ import annotations

import sys
from typing import Final

from cyclopts import App

COMMANDS: Final = "shangmai.apps.commands"

app = App(
    name="shangmai",
    help="商脉：一个入口，一条脉络，账簿守恒。 Shangmai: one door, one trail, books that balance.",
    version_flags=["--version"],
    result_action="return_int_as_exit_code_else_zero",
)

app.command(f"{COMMANDS}.running:up", help="启动全部：数据库、接口、后台。 Start everything: database, API, worker.")
app.command(f"{COMMANDS}.running:demo", help="以示例公司启动。 Start with a sample company.")
app.command(f"{COMMANDS}.running:migrate", help="更新数据库结构。 Bring the database to this release's schema.")
app.command(f"{COMMANDS}.running:seed", help="写入示例数据。 Write the sample data.")
app.command(f"{COMMANDS}.acting:action", help="执行一个动作。 Run an action.")
app.command(f"{COMMANDS}.acting:actions", help="列出全部动作。 List all actions.")
app.command("shangmai.apps.importing:app", name="import", help="导入历史数据。 Import data of another system.")
app.command("shangmai.apps.trying:what_if", help="用历史订单试算活动。 Try campaigns on past orders.")
app.command("shangmai.apps.replaying:replay", help="用历史订单自动跑完全程。 Run a business on past orders.")
app.command("shangmai.apps.simulating.command:app", name="simulate", help="模拟外部系统。 Simulate systems of others.")
app.command(f"{COMMANDS}.looking:prove", help="核对账簿与日志链。 Prove the books and the chain of the log.")
app.command(
    "shangmai.apps.explaining.commands:app",
    name="explain",
    help="解释一个数字的来处。 Explain where a figure comes from.",
)
app.command(f"{COMMANDS}.users:app", name="user", help="用户：新增、列出、改密码。 Users: add, list, password.")
app.command(f"{COMMANDS}.keeping:backup", help="备份到文件。 Back everything up into a file.")
app.command(f"{COMMANDS}.keeping:restore", help="从备份恢复。 Restore a backup.")
app.command(f"{COMMANDS}.looking:events", name="events", help="事件：延迟、搁置、重放。 Events: lag, parked, replay.")
app.command(f"{COMMANDS}.looking:jobs", name="jobs", help="任务：搁置、重放、丢弃。 Jobs: parked, replay, discard.")
app.command(f"{COMMANDS}.looking:openapi", help="打印接口文档。 Print the OpenAPI document.")
app.command(f"{COMMANDS}.looking:settings", help="列出设置项。 List the settings.")


def main() -> None:
    """Run the command that was given; refusals of ours are told without a traceback, with exit code 1."""
    from shangmai.kernel.errors import AppError

    try:
        sys.exit(app())
    except AppError as refusal:
        print(refusal.message("zh-CN"), refusal.message("en"), sep="\n", file=sys.stderr)
        sys.exit(1)
    except ModuleNotFoundError as missing:
        if not (missing.name or "").startswith("shangmai."):
            raise
        print(f"此命令尚不可用 · This command is not available yet ({missing.name})", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
