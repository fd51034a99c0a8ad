"""action, actions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from shangmai.apps.commands.session import Session, print_json, run
from shangmai.kernel.actions.contract import ACTIONS, ActionSpec, Answer, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import find_action
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.clock import parse_utc
from shangmai.kernel.errors import AppError


def action(
    name: Annotated[str, Parameter(help="动作名称，如 orders.cancel。 Name of the action.")],
    *,
    json: Annotated[
        str,
        Parameter(
            help="内容：JSON、@文件 或 -（标准输入）。 Input: JSON, @file, or - for stdin.", allow_leading_hyphen=True
        ),
    ] = "{}",
    dry_run: Annotated[bool, Parameter(help="只预览，不生效。 Show the effects, have none.", negative=())] = False,
    key: Annotated[str | None, Parameter(help="幂等键。 Idempotency key.")] = None,
    at: Annotated[str | None, Parameter(help="业务时间。 Business time, if past.")] = None,
    as_: Annotated[str | None, Parameter(name="--as", help="以某用户身份。 Login of the user who acts.")] = None,
) -> int:
    """执行一个动作并打印结果；内容为列表时逐项应答。 Run an action and print its answer; exit code 1 for a refusal."""

    async def command(given: Session) -> int:
        actor = SYSTEM if as_ is None else await _user(given, as_)
        return await _act(given, find_action(name), _read(json), actor, dry_run=dry_run, key=key, at=at)

    return run(command)


def actions() -> int:
    """列出全部动作及所需权限。 List all actions and the grants they need."""
    from shangmai.apps import wiring

    wiring.load()
    width = max(map(len, ACTIONS), default=0)
    for name, spec in sorted(ACTIONS.items()):
        print(f"{name:<{width}}  {spec.summary}")
    return 0


async def _act(given: Session, spec: ActionSpec, body: Any, actor: Actor, **options: Any) -> int:
    items = body if isinstance(body, list) else [body]
    key, at = options["key"], options["at"]
    answers: list[Answer] = []
    for index, item in enumerate(items):
        try:
            call = Call(
                action=spec.name,
                input=read_input(spec, msgspec.json.encode(item), given.settings.lang),
                actor=actor,
                door="cli",
                key=f"{key}:{index}" if key is not None and isinstance(body, list) else key,
                at=None if at is None else parse_utc(at),
                dry_run=options["dry_run"],
            )
            answers.append(await given.runner.run(call))
        except AppError as refusal:
            answers.append(Answer(error=refusal))
    told = [_told(answer, given) for answer in answers]
    print_json(told if isinstance(body, list) else told[0])
    return 1 if any(answer.error is not None for answer in answers) else 0


def _told(answer: Answer, given: Session) -> Any:
    value = {"error": answer.error.to_wire(given.settings.lang)} if answer.error is not None else answer.value
    if answer.effects is None:
        return value
    return (value if answer.error is not None else {"result": value}) | {"effects": answer.effects}


def _read(source: str) -> Any:
    """The JSON that was given, in a file, or on standard input."""
    text = sys.stdin.read() if source == "-" else Path(source[1:]).read_text() if source[:1] == "@" else source
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        sys.exit(f"--json: {error}")


async def _user(given: Session, login: str) -> Actor:
    from shangmai.modules.identity import service

    async with given.db.transaction(door="cli") as tx:
        actor: Actor = await service.actor_of_login(tx, login)
    return actor
