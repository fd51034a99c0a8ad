"""A table's life: saved in versions, one decides, the one before is one action away; and the record of decisions."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.ids import new_id
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.rules import service
from shangmai.modules.rules.contract import (
    CellInvalid,
    Decided,
    NothingBefore,
    NotInForce,
    SubjectUnknown,
    TableNotFound,
    TableSavedMeanwhile,
    VersionNotFound,
)
from shangmai.modules.rules.http import routes
from tests.routes import reading
from tests.rules.making import FACTS, row, table
from tests.world import World

ABOUT = "tests.parcels"
WAIT, GO = table(row(total_minor="> 5000")), table(row(then={"answer": "go"}))


async def save(world: World, content: dict[str, Any] = WAIT, **more: Any) -> Any:
    given = {"company_id": world.company_id, "subject": ABOUT, "table": content, **more}
    return await world.act("rules.save_table", given)


async def change(world: World, what: str, **more: Any) -> Any:
    return await world.act(f"rules.{what}_table", {"company_id": world.company_id, "subject": ABOUT, **more})


async def answers(world: World) -> Any:
    """What the table in force answers about FACTS; None without one."""
    async with world.db.reading(SYSTEM) as tx:
        company_id = CompanyId(world.company_id)
        found = (await service.in_force(tx, ABOUT, [company_id])).get(company_id)
    return None if found is None else found.ruling.ask(FACTS)[0].then["answer"]


class TestLife:
    async def test_from_draft_to_withdrawn(self, world: World) -> None:
        assert ((await save(world)).latest, await answers(world)) == (1, None)
        assert ((await change(world, "publish")).published, await answers(world)) == (1, "wait")
        assert ((await save(world, GO)).latest, await answers(world)) == (2, "wait")
        assert ((await change(world, "publish")).published, await answers(world)) == (2, "go")
        assert (await change(world, "publish")).published == 2
        assert ((await change(world, "roll_back")).published, await answers(world)) == (1, "wait")
        assert ((await change(world, "roll_back")).published, await answers(world)) == (2, "go")
        assert ((await change(world, "withdraw")).published, await answers(world)) == (None, None)
        assert ((await change(world, "publish", version=1)).published, await answers(world)) == (1, "wait")
        assert await world.count("events WHERE name = 'rules.published.v1'") == 5
        assert await world.count("events WHERE name = 'rules.withdrawn.v1'") == 1

    async def test_what_cannot_be_done(self, world: World) -> None:
        with pytest.raises(TableNotFound):
            await change(world, "publish")
        with pytest.raises(SubjectUnknown):
            await world.act("rules.save_table", {"company_id": world.company_id, "subject": "a.b", "table": WAIT})
        with pytest.raises(CellInvalid):
            await save(world, table(row(total_minor=">")))
        assert await world.count("rule_tables") == 0
        await save(world)
        with pytest.raises(NotInForce):
            await change(world, "withdraw")
        with pytest.raises(NothingBefore):
            await change(world, "roll_back")
        with pytest.raises(VersionNotFound):
            await change(world, "publish", version=2)
        await change(world, "publish")
        with pytest.raises(NothingBefore):
            await change(world, "roll_back")

    async def test_two_who_start_from_one_version(self, world: World) -> None:
        await save(world)
        outcomes = await asyncio.gather(*(save(world, GO, base=1) for _ in range(4)), return_exceptions=True)
        assert sorted(type(each).__name__ for each in outcomes) == ["TableHead"] + ["TableSavedMeanwhile"] * 3
        assert [each.data["latest"] for each in outcomes if isinstance(each, TableSavedMeanwhile)] == [2, 2, 2]

    async def test_a_rehearsed_version_does_not_decide(self, world: World) -> None:
        await save(world)
        await change(world, "publish")
        rehearsed = await world.answer(
            "rules.save_table",
            {"company_id": world.company_id, "subject": ABOUT, "table": GO},
            dry_run=True,
        )
        assert rehearsed.value.latest == 2
        assert (await answers(world), await world.count("rule_versions")) == ("wait", 1)

    async def test_another_company_is_out_of_sight(self, world: World) -> None:
        await save(world)
        stranger = Actor(
            id=new_id(), kind="user", name="s", grants=frozenset({"rules.*"}), scopes={"company": frozenset({new_id()})}
        )
        refused = await world.answer(
            "rules.publish_table", {"company_id": world.company_id, "subject": ABOUT}, actor=stranger
        )
        assert refused.error is not None
        assert refused.error.code == "kernel.OutOfScope"
        async with reading(world.db, routes, stranger) as client:
            assert (await client.get("/api/v1/rules/tables")).json()["items"] == []


class TestReading:
    async def test_tables_and_versions(self, world: World) -> None:
        made = await save(world, note="试行")
        await change(world, "publish")
        await save(world, GO)
        async with reading(world.db, routes, SYSTEM) as client:
            assert [each["subject"] for each in (await client.get("/api/v1/rules/tables")).json()["items"]] == [ABOUT]
            told = (await client.get(f"/api/v1/rules/tables/{made.id}")).json()
            subjects = (await client.get("/api/v1/rules/subjects")).json()
        assert (told["head"]["latest"], told["head"]["published"]) == (2, 1)
        assert [(v["version"], v["note"], len(v["published_at"])) for v in told["versions"]] == [
            (2, "", 0), (1, "试行", 1),
        ]  # fmt: skip
        assert told["versions"][1]["table"]["rows"][0]["when"] == {"total_minor": "> 5000"}
        assert next(each for each in subjects if each["name"] == ABOUT)["facts"]["city"]["zh"] == "城市"

    async def test_trying_a_table(self, world: World) -> None:
        given = {"subject": ABOUT, "table": WAIT, "cases": [{"total_minor": 6000}, {}]}
        async with reading(world.db, routes, SYSTEM) as client:
            told = (await client.post("/api/v1/rules/try", json=given)).json()
            wrong = await client.post("/api/v1/rules/try", json={**given, "cases": [{"colour": "red"}]})
        assert [each["hits"] for each in told] == [["r"], []]
        assert told[1]["rows"] == [{"id": "r", "fits": False, "failed": ["total_minor"]}]
        assert (wrong.status_code, wrong.json()["code"]) == (422, "rules.FactUnknown")
        assert await world.count("rule_tables") == 0

    async def test_decisions_are_kept_with_version_row_and_facts(self, world: World) -> None:
        made = await save(world)
        parcels = [new_id() for _ in range(3)]
        async with world.db.transaction(SYSTEM) as tx:
            await service.record(
                tx,
                [
                    Decided(
                        about=parcel, company_id=CompanyId(world.company_id), subject=ABOUT, table_id=made.id,
                        version=1, row="r" if n else None, outcome={"answer": "wait"} if n else {},
                        facts={"total_minor": n},
                        item=tx.items[0],
                    )
                    for n, parcel in enumerate(parcels)
                ],
            )  # fmt: skip
        async with reading(world.db, routes, SYSTEM) as client:
            first = (await client.get("/api/v1/rules/decisions", params={"subject": ABOUT, "limit": 2})).json()
            rest = (
                await client.get("/api/v1/rules/decisions", params={"subject": ABOUT, "cursor": first["next"]})
            ).json()
            one = (await client.get(f"/api/v1/rules/decisions/{parcels[1]}")).json()
        assert [each["facts"]["total_minor"] for each in first["items"] + rest["items"]] == [2, 1, 0]
        assert [(each["row"], each["version"], each["outcome"]) for each in one] == [("r", 1, {"answer": "wait"})]
