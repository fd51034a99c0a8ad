"""One rule, all doors: each refuses the same calls of every action in the same words, and then nothing has changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import uuid4

import msgspec
import pytest
import pytest_asyncio

from shangmai.apps import wiring
from shangmai.kernel.actions.contract import ACTIONS, ActionSpec
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actors import DIMENSIONS, EVERYTHING, Actor
from shangmai.kernel.db.embedded import Server
from tests.doors.entrances import CommandLine, Door, Http, SheetDoor, Told, Whoever
from tests.doors.house import House, a_house
from tests.doors.inputs import Inputs, unfit

wiring.load()
NAMES: Final = sorted(name for name, spec in ACTIONS.items() if spec.run.__module__.startswith("shangmai."))
RUNS: Final = {"import_runs"}
"""An import leaves that it was begun."""
REFUSED: Final = {403, 404}
EVERYWHERE: Final = dict.fromkeys(DIMENSIONS, EVERYTHING)
ELSEWHERE: Final = {dimension: frozenset({uuid4()}) for dimension in DIMENSIONS}


class Entrance:
    """The house and its doors."""

    def __init__(self, house: House, doors: dict[str, Door]) -> None:
        self.doors, self.owner = doors, house.owner
        self._house = house

    def make(self, spec: ActionSpec) -> tuple[dict[str, Any], bool]:
        """An input, and whether it names something that not everyone may see."""
        inputs = Inputs(self._house.ids)
        given = inputs.make(spec.input)
        scoped = bool(spec.scopes_of or (spec.scope and spec.scope(read_input(spec, given))))
        return given, scoped or bool(inputs.used & self._house.walled)

    async def refusals(
        self, name: str, given: dict[str, Any], actor: Actor, *, dry_run: bool = False
    ) -> dict[str, Told]:
        """What each door answers to the same call; nothing may have changed then."""
        told = {}
        before = await self._house.state()
        for label, door in self.doors.items():
            told[label] = await door(name, given, actor, dry_run=dry_run)
            after = await self._house.state()
            changed = {table for table in before if before[table] != after[table]}
            left = RUNS if label == "import" and not dry_run else set()
            assert changed <= left, f"{label}: {told[label]} and yet changed: {changed}"
            before = after
        assert len({one.code for one in told.values()}) == 1, told
        return told


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def entrance(server: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Entrance]:
    caller = Whoever()
    async with a_house(server, template, caller) as house:
        sheet = SheetDoor(house.session, tmp_path_factory.mktemp("sheets"))
        yield Entrance(house, {"http": Http(house.client, caller), "cli": CommandLine(house.session), "import": sheet})


def someone(*grants: str, scopes: Any = None) -> Actor:
    return Actor(id=uuid4(), kind="user", name="x", grants=frozenset(grants), scopes=scopes or EVERYWHERE)


@pytest.mark.parametrize("name", NAMES)
class TestEveryAction:
    async def test_who_lacks_the_grant_is_refused(self, entrance: Entrance, name: str) -> None:
        spec = ACTIONS[name]
        given, _ = entrance.make(spec)
        clerk = someone(*({"migration.start_import"} - {spec.grant}))  # may bring in a sheet, and no more
        if spec.public:
            let_in = await entrance.refusals(name, given, clerk, dry_run=True)
            assert "kernel.NotGranted" not in {one.code for one in let_in.values()}
            return
        for door, told in (await entrance.refusals(name, given, clerk)).items():
            assert (told.status, told.code) == (403, "kernel.NotGranted"), door
            assert spec.grant in told.text, door

    async def test_who_may_not_see_it_is_refused(self, entrance: Entrance, name: str) -> None:
        given, scoped = entrance.make(ACTIONS[name])
        stranger = msgspec.structs.replace(entrance.owner, scopes=ELSEWHERE)
        told = await entrance.refusals(name, given, stranger, dry_run=not scoped)
        if not scoped and told["http"].status not in REFUSED:  # to whom it does not matter what one sees
            assert told == await entrance.refusals(name, given, entrance.owner, dry_run=True)
        else:
            assert {one.status for one in told.values()} <= REFUSED, told

    async def test_what_does_not_fit_is_named(self, entrance: Entrance, name: str) -> None:
        spec = ACTIONS[name]
        tried = list(unfit(spec, entrance.make(spec)[0]))
        assert tried or not msgspec.structs.fields(spec.input), "every input that asks for something can be wrong"
        for field, given in tried:
            for door, told in (await entrance.refusals(name, given, entrance.owner)).items():
                assert (told.status, told.code) == (422, "kernel.InputInvalid"), door
                assert field in told.text, door

    async def test_a_dry_run_changes_nothing(self, entrance: Entrance, name: str) -> None:
        given, _ = entrance.make(ACTIONS[name])
        for door, told in (await entrance.refusals(name, given, entrance.owner, dry_run=True)).items():
            assert told.status < 500, door


async def test_a_channels_prices_need_its_own_grant_alone(entrance: Entrance) -> None:
    """Who takes a channel's orders does so at the channel's prices at every door, and sets prices nowhere else."""
    robot = someone("channels.take_orders", "orders.place", "migration.start_import")
    for name in ("channels.take_order", "channels.place_order"):
        given, scoped = entrance.make(ACTIONS[name])
        assert scoped
        for door, told in (await entrance.refusals(name, given, robot, dry_run=True)).items():
            assert told == Told(), door
    given, _ = entrance.make(ACTIONS["orders.place"])
    sku_id = entrance.make(ACTIONS["catalog.update_sku"])[0]["sku_id"]
    dear = {**given, "lines": [{"sku_id": sku_id, "qty": 1, "unit_price": "1"}]}
    for door, told in (await entrance.refusals("orders.place", dear, robot)).items():
        assert (told.status, told.code) == (422, "orders.PriceNotAllowed"), door


async def test_dry_runs_come_to_something(entrance: Entrance) -> None:
    """The inputs are good enough that a third of the actions would be carried out."""
    told = [
        await entrance.doors["http"](name, entrance.make(ACTIONS[name])[0], entrance.owner, dry_run=True)
        for name in NAMES
    ]
    assert sum(one.code is None for one in told) * 3 > len(NAMES), told


async def test_a_change_would_have_been_seen(entrance: Entrance) -> None:
    """A new row, and a row that is another than before."""
    made = {"name": "新分类"}
    for name, given, table in (
        ("catalog.create_category", made, "categories"),
        ("organization.rename_shop", entrance.make(ACTIONS["organization.rename_shop"])[0], "shops"),
    ):
        with pytest.raises(AssertionError, match=f"http.* and yet changed: .*{table}"):
            await entrance.refusals(name, given, entrance.owner)
