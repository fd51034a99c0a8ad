"""`shangmai explain sku|order|account|points`."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from cyclopts import App, Parameter
from rich.console import Console, RenderableType

from shangmai.apps.commands.session import Session, print_json, run
from shangmai.apps.explaining import explain_account, explain_order, explain_points, explain_sku
from shangmai.apps.explaining.showing import tell_account, tell_order, tell_points, tell_sku
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx

WIDTH_PIPED = 200

app = App(name="explain", help="解释一个数字的来处。 Explain where a figure comes from.")

Json = Annotated[bool, Parameter(name="--json", help="输出 JSON。 Print JSON.", negative=())]
Language = Annotated[Lang | None, Parameter(name="--lang", help="语言。 Language.")]
Latest = Annotated[int, Parameter(help="最近多少条。 How many of the latest.")]

T = TypeVar("T")


@app.command
def sku(code: str, *, latest: Latest = 20, json: Json = False, lang: Language = None) -> int:
    """库存：在哪里、如何而来、为谁占用。 Stock of a SKU: where, from where, held for whom."""
    return _explain(lambda tx: explain_sku(tx, code, latest), tell_sku, json=json, lang=lang)


@app.command
def order(number: str, *, json: Json = False, lang: Language = None) -> int:
    """订单：金额、收退款、包裹、全部经过。 An order: amounts, money, parcels, everything that happened."""
    return _explain(lambda tx: explain_order(tx, number), tell_order, json=json, lang=lang)


@app.command
def account(
    code: str,
    *,
    company: Annotated[str | None, Parameter(help="公司编码。 Code of the company.")] = None,
    latest: Latest = 20,
    json: Json = False,
    lang: Language = None,
) -> int:
    """科目：余额由哪些规则、哪些期间、哪些凭证构成。 A ledger account: its balance by rule, period and voucher."""
    return _explain(lambda tx: explain_account(tx, code, company, latest), tell_account, json=json, lang=lang)


@app.command
def points(member: str, *, latest: Latest = 20, json: Json = False, lang: Language = None) -> int:
    """积分：某会员（外部编号或 ID）有多少、从何而来。 Points of a member (reference or id), and where they are from."""
    return _explain(lambda tx: explain_points(tx, member, latest), tell_points, json=json, lang=lang)


def _explain(
    find: Callable[[Tx], Awaitable[T]], tell: Callable[[T, Lang], RenderableType], *, json: bool, lang: Lang | None
) -> int:
    async def command(given: Session) -> int:
        async with given.db.reading(SYSTEM) as tx:
            found = await find(tx)
        if json:
            print_json(found)
        else:
            console = Console(width=None if sys.stdout.isatty() else WIDTH_PIPED, highlight=False)
            console.print(tell(found, lang or given.settings.lang))
        return 0

    return run(command)
