"""The command `shangmai what-if`."""

from __future__ import annotations

import sys
from datetime import date, datetime, time, timedelta
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.progress import Progress

from shangmai.apps.commands.session import Session, print_json, run
from shangmai.apps.trying.table import table_of
from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.clock import timezone
from shangmai.kernel.errors import Invalid
from shangmai.modules.marketing import service
from shangmai.modules.marketing.contract import Campaign, StartWhatIf, WhatIf
from shangmai.modules.orders.contract import ShopNotFound
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract import PromotionId


class NotACampaign(Invalid):
    """'{text}' names no campaign; write its name and the codes of its promotions: --campaign 'Spring=S100,HALF2'."""

    zh = "“{text}”不是活动；请写成“名称=促销编码,促销编码”，例如 --campaign '春促=S100,HALF2'。"


class NoSuchCodes(Invalid):
    """There are no promotions {codes}; create them first: shangmai action pricing.create_promotion."""

    zh = "没有促销 {codes}；请先创建：shangmai action pricing.create_promotion。"


def what_if(
    shop: Annotated[str, Parameter(help="店铺编码。 Code of the shop.")],
    *,
    campaign: Annotated[
        list[str], Parameter(help="名称=促销编码,…；可重复。 Name=CODE,…; may be repeated.", negative=())
    ],
    since: Annotated[str | None, Parameter(help="开始日期，默认 90 天前。 First day; 90 days ago.")] = None,
    until: Annotated[str | None, Parameter(help="结束日期（不含），默认今天。 Day after the last; today.")] = None,
) -> int:
    """用历史订单试算活动，发布前先看结果。 Try campaigns on past orders before anyone sees them."""

    async def command(given: Session) -> WhatIf:
        facts, campaigns = await _named(given, shop, campaign)
        do = StartWhatIf(
            shop_id=facts.id,
            since=_day(given, facts, since, 90),
            until=_day(given, facts, until, 0),
            campaigns=campaigns,
        )
        call = Call(action="marketing.start_what_if", input=do, actor=SYSTEM, door="cli")
        begun: WhatIf = (await given.runner.run(call)).unwrap()
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("试算 replaying", total=begun.total)
            return await service.replay(given.db, begun.id, lambda told: bar.update(task, completed=told.done))

    found = run(command)
    if sys.stdout.isatty():
        Console(highlight=False).print(table_of(found, "zh-CN"))
    else:
        print_json(found)
    return 0


async def _named(given: Session, shop: str, campaigns: list[str]) -> tuple[ShopFacts, tuple[Campaign, ...]]:
    asked = [_split(text) for text in campaigns]
    async with given.db.reading(SYSTEM) as tx:
        shops = await organization.find_shops(tx, [shop])
        ids = await pricing.find_promotions(tx, {code for _, codes in asked for code in codes})
    if shop not in shops:
        raise ShopNotFound(shop_id=shop)
    missing = sorted({code for _, codes in asked for code in codes} - ids.keys())
    if missing:
        raise NoSuchCodes(codes=", ".join(missing))
    return shops[shop], tuple(Campaign(name=name, promotion_ids=_ids(codes, ids)) for name, codes in asked)


def _ids(codes: list[str], ids: dict[str, PromotionId]) -> tuple[PromotionId, ...]:
    return tuple(ids[code] for code in codes)


def _split(text: str) -> tuple[str, list[str]]:
    name, _, codes = text.partition("=")
    listed = [code.strip().upper() for code in codes.split(",") if code.strip()]
    if not name.strip() or not listed:
        raise NotACampaign(text=text)
    return name.strip(), listed


def _day(given: Session, shop: ShopFacts, text: str | None, days_ago: int) -> datetime:
    """The beginning of the day in the shop's timezone."""
    zone = timezone(shop.timezone)
    day = date.fromisoformat(text) if text else given.db.clock.now().astimezone(zone).date() - timedelta(days=days_ago)
    return datetime.combine(day, time(), zone)
