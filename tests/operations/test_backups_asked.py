"""Backups that people ask for: made by the job, one at a time, told of at the end, seen by who sees the whole house."""

from __future__ import annotations

import os
import re
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from shangmai.apps import backup
from shangmai.apps.backup import desk
from shangmai.apps.backup.archive import read_manifest
from shangmai.apps.backup.errors import BackupUnderWay
from shangmai.kernel.actions.contract import Call, OutOfScope
from shangmai.kernel.actors import DIMENSIONS, EVERYTHING, SYSTEM, Actor
from tests.routes import reading
from tests.world import World

GRANTS = frozenset({"backups.make", "backups.read"})
OWNER = Actor(id=uuid4(), kind="user", name="boss", grants=GRANTS, scopes=dict.fromkeys(DIMENSIONS, EVERYTHING))
CLERK = Actor(id=uuid4(), kind="user", name="c", grants=frozenset({"backups.*"}), scopes={"shop": frozenset({uuid4()})})


async def hired(world: World) -> Actor:
    given = {"login": "boss", "display_name": "boss", "password": "a-long-password-1", "roles": []}
    user = await world.act("identity.create_user", given)
    return replace(OWNER, id=user.id)


async def ask(world: World, actor: Actor = OWNER) -> desk.BackupId:
    answer = await world.runner.run(Call(action="backups.make", input=desk.MakeBackup(), actor=actor, door="http"))
    asked: desk.BackupAsked = answer.unwrap()
    return asked.backup_id


async def shown(world: World) -> list[dict[str, object]]:
    async with reading(world.db, desk.routes, OWNER) as client:
        answer = await client.get("/api/v1/backups")
        assert answer.status_code == 200
        found: list[dict[str, object]] = answer.json()
        return found


async def notices(world: World) -> list[tuple[UUID, str, str]]:
    async with world.db.reading(SYSTEM) as tx:
        rows = await tx.fetch("SELECT user_id, en, link FROM staff_notices WHERE kind = 'finished' ORDER BY id")
        return [tuple(row) for row in rows]


async def test_a_backup_is_made_and_who_asked_is_told_where_it_is(world: World, tmp_path: Path) -> None:
    await world.sell(1)
    owner = await hired(world)
    id_ = await ask(world, owner)
    (waiting,) = await shown(world)
    assert (waiting["run"]["state"], waiting["is_there"]) == ("waiting", False)  # type: ignore[index]
    await desk.make_in(world.db, id_, tmp_path / "a b", backup.Sources(files_location=str(tmp_path / "files")))
    (made,) = await shown(world)
    run = made["run"]
    assert isinstance(run, dict)
    path = Path(run["path"])
    assert (run["state"], run["problem"], made["is_there"]) == ("made", "", True)
    assert run["size_bytes"] == os.stat(path).st_size
    manifest = read_manifest(path)
    assert (manifest.counts["orders"], manifest.rows, manifest.with_key) == (1, run["rows"], False)
    assert made["restore"] == f"shangmai restore --replace '{path}'"
    assert await notices(world) == [(owner.id, "The backup is made; the system page says where", "/system")]

    await desk.make_in(world.db, id_, tmp_path, backup.Sources(files_location=str(tmp_path / "files")))  # taken again
    assert os.listdir(tmp_path) == ["a b"]
    os.unlink(path)
    assert [each["is_there"] for each in await shown(world)] == [False]


async def test_one_is_made_at_a_time(world: World) -> None:
    id_ = await ask(world)
    with pytest.raises(BackupUnderWay):
        await ask(world)
    assert [each["run"]["id"] for each in await shown(world)] == [str(id_)]  # type: ignore[index]


async def test_one_that_was_parked_halfway_gives_way_to_the_next(world: World, tmp_path: Path) -> None:
    """A worker died too often while it made one; the next ask, of a person or the night, does not wait for that."""
    owner = await hired(world)
    halfway = await ask(world, owner)
    async with world.db.transaction() as tx:
        await tx.execute("UPDATE backups SET state = 'running' WHERE id = $1", halfway)
        await tx.execute("UPDATE pgqueuer SET status = 'failed'")
    next_one = await ask(world, owner)
    states = [(each["run"]["id"], each["run"]["state"]) for each in await shown(world)]  # type: ignore[index]
    assert states == [(str(next_one), "waiting"), (str(halfway), "failed")]
    async with world.db.reading(SYSTEM) as tx:
        (left,) = await tx.fetch("SELECT status::text, payload FROM pgqueuer")
    assert (left["status"], str(next_one) in left["payload"].decode()) == ("queued", True)
    with pytest.raises(BackupUnderWay):
        await ask(world, owner)
    sources = backup.Sources(files_location=str(tmp_path / "files"))
    await desk.make_in(world.db, next_one, tmp_path, sources)
    await desk.make_in(world.db, halfway, tmp_path, sources)  # a worker that still had it finds that it has ended
    assert [each["run"]["state"] for each in await shown(world)] == ["made", "failed"]  # type: ignore[index]


async def test_one_that_cannot_be_written_says_why(world: World, tmp_path: Path) -> None:
    owner = await hired(world)
    id_ = await ask(world, owner)
    (tmp_path / "file").write_text("in the way")
    await desk.make_in(world.db, id_, tmp_path / "file", backup.Sources(files_location=str(tmp_path / "files")))
    (failed,) = await shown(world)
    run = failed["run"]
    assert isinstance(run, dict)
    assert (run["state"], failed["is_there"], run["size_bytes"]) == ("failed", False, None)
    assert re.fullmatch(rf"{tmp_path}/file/\S+ cannot be read or written \(.+\)\. See .*", run["problem"])
    assert re.fullmatch(rf"无法读写 {tmp_path}/file/\S+（.+）。请确认.*", run["problem_zh"])
    ((user, words, _),) = await notices(world)
    assert (user, words) == (owner.id, f"The backup failed: {run['problem']}")


async def test_who_sees_a_part_of_the_house_gets_none(world: World) -> None:
    with pytest.raises(OutOfScope):
        await ask(world, CLERK)
    async with reading(world.db, desk.routes, CLERK) as client:
        assert (await client.get("/api/v1/backups")).status_code == 403
    assert await world.count("backups") == 0
    assert await world.count("pgqueuer") == 0


async def nightly(world: World, folder: Path) -> Path:
    """What a night does, and the file that it leaves."""
    await desk.make_nightly(world.runner)
    async with world.db.transaction() as tx:
        await tx.execute("DELETE FROM pgqueuer")  # the job, which is carried out here
    run = (await shown(world))[0]["run"]
    assert isinstance(run, dict)
    await desk.make_in(
        world.db, desk.BackupId(UUID(run["id"])), folder, backup.Sources(files_location=str(folder.parent / "files"))
    )
    made = (await shown(world))[0]["run"]
    assert isinstance(made, dict)
    return Path(made["path"])


async def test_nights_make_their_own_of_which_the_newest_stay(world: World, tmp_path: Path) -> None:
    """What a person asked for stays, however old."""
    folder, sources = tmp_path / "backups", backup.Sources(files_location=str(tmp_path / "files"))
    await desk.make_in(world.db, await ask(world, await hired(world)), folder, sources)
    async with world.db.transaction() as tx:
        await tx.execute("DELETE FROM pgqueuer")
    (asked,) = folder.iterdir()
    nights = [await nightly(world, folder) for _ in range(3)]
    await desk.remove_old(world.db, folder, 2)
    assert [path.is_file() for path in (asked, *nights)] == [True, False, True, True]
    await desk.remove_old(world.db, tmp_path, 0)  # not where these lie
    assert [path.is_file() for path in (asked, *nights)] == [True, False, True, True]
    assert len(await notices(world)) == 1, "nobody is told of a night that went well"


async def test_no_night_makes_one_where_none_is_wanted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHANGMAI_BACKUPS_KEPT", "0")
    await desk.make_nightly(world.runner)
    assert await world.count("backups") == 0


async def test_one_that_is_under_way_is_that_of_the_night(world: World) -> None:
    id_ = await ask(world)
    await desk.make_nightly(world.runner)
    assert [each["run"]["id"] for each in await shown(world)] == [str(id_)]  # type: ignore[index]


async def test_a_night_that_fails_is_told_to_all_who_may_make_one(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    await nightly(world, tmp_path / "file")
    async with world.db.reading(SYSTEM) as tx:
        assert await tx.fetchval("SELECT count(*) FROM events WHERE name = 'messaging.told.v1'") == 1
        (told,) = await tx.fetch("SELECT user_id, to_grant, zh, en FROM staff_notices WHERE kind = 'finished'")
    assert (told["user_id"], told["to_grant"]) == (None, "backups.make")
    assert told["en"].startswith(f"The backup failed: {tmp_path}/file/")
    assert told["zh"].startswith(f"备份失败：无法读写 {tmp_path}/file/")
