"""One look at a whole classified file: matches, receipts, assumed costs and the report, before anything is imported."""

from collections import Counter
from collections.abc import Container, Iterable
from decimal import Decimal

from msgspec import Struct

from shangmai.modules.migration.contract import (
    AdjustIntent,
    AdjustReason,
    ClassTotal,
    Grain,
    LineClass,
    Receipt,
    Report,
    ReturnIntent,
    ReturnMatch,
    ReturnTotals,
    SaleIntent,
    Side,
    UnmatchedReason,
    UnmatchedReturn,
    UnmatchedTotal,
)
from shangmai.modules.migration.rules.classes import Classified
from shangmai.modules.migration.rules.costs import assumed_unit_costs
from shangmai.modules.migration.rules.intents import RETURN, intents_of
from shangmai.modules.migration.rules.mapping import reason_finder
from shangmai.modules.migration.rules.returns import ReturnMatcher, bought_by_returners
from shangmai.modules.migration.rules.stock import StockPlanner, movements_of


class Survey(Struct, frozen=True):
    """Everything an import needs to know beforehand. `matches` is keyed by the row_no of a return's first row."""

    report: Report
    matches: dict[int, ReturnMatch]
    receipts: list[Receipt]
    unit_costs: dict[str, Decimal]


def survey(
    classified: Classified, grain: Grain = Grain.INSTANT, known: Container[tuple[str, bool]] = frozenset()
) -> Survey:
    """Go through the file once, oldest document first. Proves the return money on the way.

    `known` documents (number, canceled) were imported before: returns are matched to them, but they move nothing.
    """
    mapping = classified.columns.mapping
    reason_of = reason_finder(mapping)
    matcher = ReturnMatcher(bought_by_returners(classified), mapping.returns.match)
    planner = StockPlanner(mapping.dates.timezone, grain)
    matches: dict[int, ReturnMatch] = {}
    adjusted: list[AdjustIntent] = []
    for document in classified:
        for intent in intents_of(document, reason_of):
            match = None
            if isinstance(intent, SaleIntent):
                matcher.ship(intent)
            elif isinstance(intent, ReturnIntent):
                match = matches[intent.first_row_no] = matcher.take_back(intent)
            elif isinstance(intent, AdjustIntent):
                adjusted.append(intent)
            if (document.number, document.canceled) not in known:
                for movement in movements_of(intent, match):
                    planner.move(movement)
    report = _report(classified, list(matches.values()), adjusted)
    return Survey(report, matches, planner.close(), assumed_unit_costs(classified))


def _report(classified: Classified, matches: list[ReturnMatch], adjusted: list[AdjustIntent]) -> Report:
    returns = _return_totals(matches)
    report = Report(
        rows=len(classified.columns),
        documents=len(classified.invoices),
        classes=_class_totals(classified),
        invoices=_invoices_by_side(classified),
        adjust_reasons=_by_reason(adjusted),
        returns=returns,
        errors=classified.errors,
    )
    said_minor = -sum(total.amount_minor for total in report.classes if total.klass in RETURN)
    assert said_minor == returns.total_minor, "the money of the return lines is accounted for"
    return report


def _class_totals(classified: Classified) -> tuple[ClassTotal, ...]:
    lines: Counter[tuple[LineClass, Side]] = Counter()
    pieces: Counter[tuple[LineClass, Side]] = Counter()
    money: Counter[tuple[LineClass, Side]] = Counter()
    keys = zip(classified.klass, classified.side, strict=True)
    for key, quantity, amount_minor in zip(keys, classified.columns.quantity, classified.amount_minor, strict=True):
        lines[key] += 1
        pieces[key] += quantity
        money[key] += amount_minor
    ranks = {klass: rank for rank, klass in enumerate(LineClass)} | {side: rank for rank, side in enumerate(Side)}
    ordered = sorted(lines, key=lambda key: (ranks[key[0]], ranks[key[1]]))
    return tuple(ClassTotal(*key, lines[key], pieces[key], money[key]) for key in ordered)


def _invoices_by_side(classified: Classified) -> dict[Side, int]:
    sides: Counter[Side] = Counter()
    for invoice in classified.invoices:
        sides.update({classified.side[place] for place in invoice.places})
    return {side: sides[side] for side in Side}


def _by_reason(adjusted: list[AdjustIntent]) -> dict[AdjustReason, tuple[int, int]]:
    lines = Counter(intent.reason for intent in adjusted)
    pieces: Counter[AdjustReason] = Counter()
    for intent in adjusted:
        pieces[intent.reason] += intent.delta
    return {reason: (lines[reason], pieces[reason]) for reason in AdjustReason}


def _return_totals(matches: list[ReturnMatch]) -> ReturnTotals:
    pieces = [piece for match in matches for piece in match.pieces]
    credits = [line for match in matches for line in match.credits]
    return ReturnTotals(
        returns=len(matches),
        pieces=len(pieces),
        matched_quantity=sum(piece.quantity for piece in pieces),
        refund_minor=sum(piece.refund_minor for piece in pieces),
        excess_pieces=sum(piece.excess_minor > 0 for piece in pieces),
        excess_minor=sum(piece.excess_minor for piece in pieces),
        credit_lines=len(credits),
        credit_minor=sum(line.amount_minor for line in credits),
        unmatched=_unmatched_totals(rest for match in matches for rest in match.unmatched),
    )


def _unmatched_totals(unmatched: Iterable[UnmatchedReturn]) -> tuple[UnmatchedTotal, ...]:
    groups: dict[UnmatchedReason, list[UnmatchedReturn]] = {reason: [] for reason in UnmatchedReason}
    for rest in unmatched:
        groups[rest.reason].append(rest)
    return tuple(
        UnmatchedTotal(
            reason, len(group), sum(rest.quantity for rest in group), sum(rest.amount_minor for rest in group)
        )
        for reason, group in groups.items()
    )
