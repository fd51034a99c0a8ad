"""user add, user list, user password."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated, Any

from cyclopts import App, Parameter

from shangmai.apps.commands.session import Session, print_json, run
from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import find_action
from shangmai.kernel.actors import SYSTEM

app = App(name="user", help="用户：新增、列出、改密码。 Users: add, list, password.")

Login = Annotated[str, Parameter(help="登录名。 Login name.")]


@app.command
def add(
    login: Login,
    *,
    name: Annotated[str | None, Parameter(help="姓名。 Name to show.")] = None,
    role: Annotated[tuple[str, ...], Parameter(help="角色，可多个。 Roles, e.g. owner.", negative=())] = (),
    everywhere: Annotated[bool, Parameter(help="可见全部数据。 Sees all data.", negative=())] = False,
) -> int:
    """新增用户；密码从终端或标准输入读取。 Add a user; the password is asked for, or read from standard input."""
    scopes = dict.fromkeys(("company", "shop", "warehouse", "region", "member"), "*") if everywhere else {}
    given = {"login": login, "display_name": name or login, "roles": list(role), "scopes": scopes}
    return _run("identity.create_user", given | {"password": _password()})


@app.command(name="list")
def list_() -> int:
    """列出用户。 List the users."""

    async def command(given: Session) -> int:
        from shangmai.modules.identity import service

        async with given.db.reading(SYSTEM) as tx:
            for user in await service.list_users(tx):
                state = "" if user.is_active else "  (停用 disabled)"
                print(f"{user.login:<24} {user.display_name:<20} {', '.join(user.roles)}{state}")
        return 0

    return run(command)


@app.command
def password(login: Login) -> int:
    """设置密码并结束其全部登录。 Set a user's password and end their sessions."""
    wanted = _password()

    async def command(given: Session) -> int:
        from shangmai.modules.identity import service

        async with given.db.reading(SYSTEM) as tx:
            user = await service.get_user_by_login(tx, login)
        return await _act(given, "identity.set_password", {"user_id": str(user.id), "password": wanted})

    return run(command)


def _run(name: str, given_input: dict[str, Any]) -> int:
    return run(lambda given: _act(given, name, given_input))


async def _act(given: Session, name: str, given_input: dict[str, Any]) -> int:
    do = read_input(find_action(name), given_input, given.settings.lang)
    print_json((await given.runner.run(Call(action=name, input=do, actor=SYSTEM, door="cli"))).unwrap())
    return 0


def _password() -> str:
    """Ask twice at a terminal; read one line otherwise."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    while True:
        first = getpass.getpass("密码 Password: ")
        if first == getpass.getpass("再输一次 Again: "):
            return first
        print("两次不一致 · They differ.", file=sys.stderr)
