"""Making products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from asyncpg import UniqueViolationError

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import rules
from shangmai.modules.catalog.contract import (
    BarcodeInvalid,
    BarcodeTaken,
    CategoryNotFound,
    CheckDigitWrong,
    CodeInvalid,
    ComponentTwice,
    CreatedProduct,
    CreatedSku,
    CreateProduct,
    KitEmpty,
    KitInKit,
    NotAKit,
    ProductCodeTaken,
    ProductCreated,
    SharesInCurrencies,
    SharesMixed,
    SkuCodeTaken,
    SkuNotFound,
)
from shangmai.modules.catalog.queries import writing
from shangmai.modules.catalog.rules import Known, PlannedProduct

ATTEMPTS_MAX: Final = 20
KIT_ERRORS: Final = (SkuNotFound, KitEmpty, KitInKit, ComponentTwice, SharesMixed, SharesInCurrencies)
CODE_ERRORS: Final = (CodeInvalid, BarcodeInvalid, CheckDigitWrong, ProductCodeTaken, SkuCodeTaken, BarcodeTaken)


@action(
    "catalog.create_product",
    grant="catalog.create_product",
    many=True,
    scope=lambda do: {},
    errors=[*CODE_ERRORS, CategoryNotFound, NotAKit, *KIT_ERRORS],
)
async def create_product(tx: Tx, do: Sequence[CreateProduct]) -> list[CreatedProduct | AppError]:
    """Create a product as a draft, with all its SKUs, their barcodes, first prices and, for kits, components.

    A product whose code exists is refused and names the one that has it, so an import can be repeated: nothing is made
    twice and nothing is overwritten. All or nothing for each product; products of one list may name each other's SKUs
    as components, in the order given.
    """
    planned = await _plan_and_insert(tx, do)
    for plan, item in zip(planned, tx.items, strict=True):
        if isinstance(plan, PlannedProduct):
            tx.emit(
                ProductCreated(product_id=plan.id, code=plan.code, sku_ids=tuple(sku.id for sku in plan.skus)), item
            )
    return [plan if isinstance(plan, AppError) else _created(plan) for plan in planned]


async def _plan_and_insert(tx: Tx, do: Sequence[CreateProduct]) -> list[PlannedProduct | AppError]:
    """Decide by what is known and write; when another transaction took one of the codes meanwhile, decide anew.

    Such a collision means that the other one has committed, so the next look sees its codes.
    """
    for _ in range(ATTEMPTS_MAX):
        known = await _known(tx, do)
        planned = _plan(do, known)
        accepted = [(p, i) for p, i in zip(planned, tx.items, strict=True) if isinstance(p, PlannedProduct)]
        try:
            async with tx.savepoint():
                if accepted:
                    await writing.insert_products(tx, accepted)
        except UniqueViolationError:
            continue
        return planned
    raise AssertionError(f"the same codes were taken {ATTEMPTS_MAX} times in a row, but are not there")


async def _known(tx: Tx, do: Sequence[CreateProduct]) -> Known:
    skus = [sku for each in do for sku in each.skus]
    return await writing.known(
        tx,
        [each.code.strip() for each in do],
        list({code.strip() for sku in skus for code in (sku.code, *(part.code for part in sku.components))}),
        [rules.barcode_key(barcode.text) for sku in skus for barcode in sku.barcodes],
        list({each.category_id for each in do if each.category_id is not None}),
    )


def _plan(do: Sequence[CreateProduct], known: Known) -> list[PlannedProduct | AppError]:
    ids: Iterator[UUID] = iter(new_id, None)
    planned: list[PlannedProduct | AppError] = []
    for each in do:
        try:
            planned.append(rules.plan(each, known, ids))
        except AppError as refusal:
            planned.append(refusal)
    return planned


def _created(plan: PlannedProduct) -> CreatedProduct:
    return CreatedProduct(id=plan.id, code=plan.code, skus=tuple(CreatedSku(sku.id, sku.code) for sku in plan.skus))
