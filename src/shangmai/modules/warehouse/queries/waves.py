"""The SQL of waves, their tasks and the lines of those."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.warehouse.contract.picking import Task, TaskId
from shangmai.modules.warehouse.contract.waves import Method, Wave, WaveId, WaveKind, WaveState

WAVE: Final = (
    "SELECT w.id, w.number, w.company_id, w.warehouse_id, w.kind, w.method, w.state, w.courier, b.code AS stage_bin,"
    " w.created_at, w.released_at, (SELECT count(*) FROM pick_requests p WHERE p.wave_id = w.id) AS requests,"
    " coalesce(l.pieces, 0)::bigint AS pieces, coalesce(l.picked, 0)::bigint AS picked, l.open_lines"
    " FROM pick_waves w JOIN warehouse_bins b ON b.id = w.stage_bin_id LEFT JOIN LATERAL (SELECT sum(k.qty) AS pieces,"
    " sum(k.picked) AS picked, count(*) FILTER (WHERE k.picked < k.qty) AS open_lines FROM pick_lines k"
    " WHERE k.wave_id = w.id) l ON true"
)
TASK: Final = (
    "SELECT t.id, t.wave_id, w.number AS wave, w.priority, t.company_id, t.warehouse_id, w.method, t.place, t.picker,"
    " t.started_at, coalesce(l.pieces, 0)::bigint AS pieces, coalesce(l.picked, 0)::bigint AS picked, l.open_lines,"
    " (SELECT b.code FROM pick_lines k JOIN warehouse_bins b ON b.id = k.bin_id"
    " WHERE k.task_id = t.id AND k.picked < k.qty ORDER BY k.rank, b.code, k.id LIMIT 1) AS next_bin"
    " FROM pick_tasks t JOIN pick_waves w ON w.id = t.wave_id LEFT JOIN LATERAL (SELECT sum(k.qty) AS pieces,"
    " sum(k.picked) AS picked, count(*) FILTER (WHERE k.picked < k.qty) AS open_lines FROM pick_lines k"
    " WHERE k.task_id = t.id) l ON true"
)
LINE: Final = "id, task_id, wave_id, doc, sku_id, bin_id, lot, rank, qty, picked, sown"


class NewWave(Struct, frozen=True, kw_only=True):
    """A wave on its way into the tables."""

    id: WaveId
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    kind: WaveKind
    method: Method
    courier: str
    stage_bin_id: UUID
    released_at: datetime | None
    priority: int = 0


class NewTask(Struct, frozen=True, kw_only=True):
    id: TaskId
    wave_id: WaveId
    company_id: CompanyId
    warehouse_id: WarehouseId
    place: int


class PickLine(Struct, frozen=True, kw_only=True):
    """Pieces that a task fetches for a request out of one bin. Its id is that of their hold in the bins' book."""

    id: UUID
    task_id: TaskId
    wave_id: WaveId
    doc: UUID
    sku_id: SkuId
    bin_id: UUID
    lot: str
    rank: int
    qty: int
    picked: int = 0
    sown: int = 0

    @property
    def left(self) -> int:
        return self.qty - self.picked


class Floor(Struct, frozen=True, kw_only=True):
    """What a pick needs to know of its wave."""

    id: WaveId
    number: str
    company_id: CompanyId
    warehouse_id: WarehouseId
    method: Method
    state: WaveState
    stage_bin_id: UUID


def _wave(row: Record) -> Wave:
    return Wave(
        **{
            **row,
            "kind": WaveKind(row["kind"]),
            "method": Method(row["method"]),
            "state": WaveState(row["state"]),
        }
    )


def _task(row: Record) -> Task:
    return Task(**{**row, "method": Method(row["method"])})


def _line(row: Record) -> PickLine:
    return PickLine(**row)


async def insert(tx: Tx, waves: Sequence[NewWave], tasks: Sequence[NewTask], lines: Sequence[PickLine]) -> None:
    """Write waves with their tasks and lines, in three statements whatever their number."""
    await tx.execute(
        "INSERT INTO pick_waves (id, number, company_id, warehouse_id, kind, method, courier, stage_bin_id,"
        " released_at, priority, state, created_at, cause) SELECT w.*, CASE WHEN w.released_at IS NULL THEN 'planned'"
        " ELSE 'released' END, $11, $12 FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[],"
        " $6::text[], $7::text[], $8::uuid[], $9::timestamptz[], $10::int[])"
        " AS w (id, number, company_id, warehouse_id, kind, method, courier, stage_bin_id, released_at, priority)",
        [each.id for each in waves],
        [each.number for each in waves],
        [each.company_id for each in waves],
        [each.warehouse_id for each in waves],
        [each.kind.value for each in waves],
        [each.method.value for each in waves],
        [each.courier for each in waves],
        [each.stage_bin_id for each in waves],
        [each.released_at for each in waves],
        [each.priority for each in waves],
        tx.now,
        tx.cause,
    )
    await insert_tasks(tx, tasks)
    await insert_lines(tx, lines)


async def insert_tasks(tx: Tx, tasks: Sequence[NewTask]) -> None:
    await tx.execute(
        "INSERT INTO pick_tasks (id, wave_id, company_id, warehouse_id, place)"
        " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::integer[])",
        [each.id for each in tasks],
        [each.wave_id for each in tasks],
        [each.company_id for each in tasks],
        [each.warehouse_id for each in tasks],
        [each.place for each in tasks],
    )


async def insert_lines(tx: Tx, lines: Sequence[PickLine]) -> None:
    await tx.execute(
        "INSERT INTO pick_lines (id, task_id, wave_id, doc, sku_id, bin_id, lot, rank, qty)"
        " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[],"
        " $8::bigint[], $9::bigint[])",
        [each.id for each in lines],
        [each.task_id for each in lines],
        [each.wave_id for each in lines],
        [each.doc for each in lines],
        [each.sku_id for each in lines],
        [each.bin_id for each in lines],
        [each.lot for each in lines],
        [each.rank for each in lines],
        [each.qty for each in lines],
    )


async def lock_wave(tx: Tx, id_: WaveId) -> Floor | None:
    row = await tx.fetchrow(
        "SELECT id, number, company_id, warehouse_id, method, state, stage_bin_id FROM pick_waves WHERE id = $1"
        " FOR NO KEY UPDATE",
        id_,
    )
    return None if row is None else _floor(row)


async def floors(tx: Tx, ids: Collection[WaveId]) -> dict[WaveId, Floor]:
    rows = await tx.fetch(
        "SELECT id, number, company_id, warehouse_id, method, state, stage_bin_id FROM pick_waves"
        " WHERE id = ANY ($1::uuid[])",
        list(ids),
    )
    return {row["id"]: _floor(row) for row in rows}


def _floor(row: Record) -> Floor:
    return Floor(**{**row, "method": Method(row["method"]), "state": WaveState(row["state"])})


async def set_state(tx: Tx, id_: WaveId, state: WaveState) -> None:
    await tx.execute(
        "UPDATE pick_waves SET state = $2, released_at = CASE WHEN $2 = 'released' THEN $3 ELSE released_at END"
        " WHERE id = $1",
        id_,
        state.value,
        tx.now,
    )


async def get_waves(tx: Tx, ids: Collection[WaveId]) -> dict[WaveId, Wave]:
    rows = await tx.fetch(WAVE + " WHERE w.id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: _wave(row) for row in rows}


async def page_of_waves(
    tx: Tx, *, state: WaveState | None, warehouse_id: UUID | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[Wave]:
    """Waves, newest first."""
    at, id_ = before or (None, None)
    rows = await tx.fetch(
        WAVE + " WHERE ($1::text IS NULL OR w.state = $1) AND ($2::uuid IS NULL OR w.warehouse_id = $2)"
        " AND ($3::timestamptz IS NULL OR (w.created_at, w.id) < ($3, $4::uuid))"
        " ORDER BY w.created_at DESC, w.id DESC LIMIT $5",
        None if state is None else state.value,
        warehouse_id,
        at,
        id_,
        limit,
    )
    return [_wave(row) for row in rows]


async def docs_of_wave(tx: Tx, id_: WaveId) -> list[UUID]:
    rows = await tx.fetch("SELECT doc FROM pick_requests WHERE wave_id = $1 ORDER BY cell, number", id_)
    return [row["doc"] for row in rows]


async def get_tasks(tx: Tx, ids: Collection[TaskId]) -> dict[TaskId, Task]:
    rows = await tx.fetch(TASK + " WHERE t.id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: _task(row) for row in rows}


async def page_of_tasks(
    tx: Tx,
    *,
    warehouse_id: UUID | None,
    wave_id: UUID | None,
    picker: UUID | None,
    after: tuple[int, UUID] | None,
    limit: int,
) -> list[Task]:
    """Tasks of released waves with something left to pick, a picker's own, or all.

    The most urgent in front, of those alike what was made first; those behind a priority and id.
    """
    priority, id_ = after or (None, None)
    rows = await tx.fetch(
        TASK + " WHERE w.state = 'released' AND l.open_lines > 0 AND ($1::uuid IS NULL OR t.warehouse_id = $1)"
        " AND ($2::uuid IS NULL OR t.wave_id = $2) AND ($3::uuid IS NULL OR t.picker = $3)"
        " AND ($4::integer IS NULL OR w.priority < $4 OR w.priority = $4 AND t.id > $5::uuid)"
        " AND EXISTS (SELECT FROM pick_lines k WHERE k.task_id = t.id AND k.picked < k.qty)"
        " ORDER BY w.priority DESC, t.id LIMIT $6",
        warehouse_id,
        wave_id,
        picker,
        priority,
        id_,
        limit,
    )
    return [_task(row) for row in rows]


async def lock_pickers(tx: Tx, ids: Collection[TaskId]) -> dict[TaskId, UUID | None]:
    """Lock those of these tasks that exist, in order; whose each is."""
    rows = await tx.fetch(
        "SELECT id, picker FROM pick_tasks WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", list(ids)
    )
    return {row["id"]: row["picker"] for row in rows}


async def set_pickers(tx: Tx, taken: Mapping[TaskId, tuple[UUID, datetime]]) -> None:
    """Let these locked tasks be of these pickers, since then unless somebody had begun before."""
    if taken:
        await tx.execute(
            "UPDATE pick_tasks t SET picker = n.picker, started_at = coalesce(t.started_at, n.at)"
            " FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS n (id, picker, at) WHERE t.id = n.id",
            list(taken),
            [picker for picker, _ in taken.values()],
            [at for _, at in taken.values()],
        )


async def warehouses_of_tasks(tx: Tx, ids: Collection[TaskId]) -> dict[TaskId, WarehouseId]:
    rows = await tx.fetch("SELECT id, warehouse_id FROM pick_tasks WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: row["warehouse_id"] for row in rows}


async def open_lines(tx: Tx, tasks: Collection[TaskId]) -> dict[TaskId, list[tuple[PickLine, str]]]:
    """What each of these tasks still fetches, with the bin's code, in the order of the way."""
    rows = await tx.fetch(
        "SELECT l.id, l.task_id, l.wave_id, l.doc, l.sku_id, l.bin_id, l.lot, l.rank, l.qty, l.picked, l.sown, b.code"
        " FROM pick_lines l JOIN warehouse_bins b ON b.id = l.bin_id WHERE l.task_id = ANY ($1::uuid[])"
        " AND l.picked < l.qty ORDER BY l.rank, b.code, l.sku_id, l.lot, l.id",
        list(tasks),
    )
    found: dict[TaskId, list[tuple[PickLine, str]]] = {id_: [] for id_ in tasks}
    for row in rows:
        found[row["task_id"]].append((_line_of(row), row["code"]))
    return found


async def lines_of(tx: Tx, docs: Collection[UUID]) -> dict[UUID, list[PickLine]]:
    """The lines of these locked requests that have pieces, in the order of the way."""
    rows = await tx.fetch(
        "SELECT " + LINE + " FROM pick_lines WHERE doc = ANY ($1::uuid[]) AND qty > 0 ORDER BY rank, id", list(docs)
    )
    found: dict[UUID, list[PickLine]] = defaultdict(list)
    for row in rows:
        found[row["doc"]].append(_line(row))
    return found


async def lines_to_sow(tx: Tx, wave_id: WaveId, sku_id: SkuId) -> list[PickLine]:
    """Lines of a wave with pieces of a SKU that are picked, but in no cell."""
    rows = await tx.fetch(
        "SELECT l.id, l.task_id, l.wave_id, l.doc, l.sku_id, l.bin_id, l.lot, l.rank, l.qty, l.picked, l.sown"
        " FROM pick_lines l JOIN pick_requests p ON p.doc = l.doc WHERE l.wave_id = $1 AND l.sku_id = $2"
        " AND l.sown < l.picked ORDER BY p.cell, l.rank, l.id",
        wave_id,
        sku_id,
    )
    return [_line_of(row) for row in rows]


def _line_of(row: Record) -> PickLine:
    return PickLine(**{name: row[name] for name in LINE.split(", ")})


async def set_lines(tx: Tx, lines: Sequence[PickLine]) -> None:
    """Write how many pieces of lines are wanted, picked and sown."""
    await tx.execute(
        "UPDATE pick_lines l SET qty = n.qty, picked = n.picked, sown = n.sown"
        " FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) AS n (id, qty, picked, sown)"
        " WHERE l.id = n.id",
        [each.id for each in lines],
        [each.qty for each in lines],
        [each.picked for each in lines],
        [each.sown for each in lines],
    )


async def last_places(tx: Tx, ids: Collection[WaveId]) -> dict[WaveId, int]:
    rows = await tx.fetch(
        "SELECT wave_id, max(place) AS place FROM pick_tasks WHERE wave_id = ANY ($1::uuid[]) GROUP BY wave_id",
        list(ids),
    )
    return {row["wave_id"]: row["place"] for row in rows}


async def cells_of(tx: Tx, docs: Collection[UUID]) -> Mapping[UUID, tuple[str, int | None]]:
    """The number and the cell of these requests."""
    rows = await tx.fetch("SELECT doc, number, cell FROM pick_requests WHERE doc = ANY ($1::uuid[])", list(docs))
    return {row["doc"]: (row["number"], row["cell"]) for row in rows}
