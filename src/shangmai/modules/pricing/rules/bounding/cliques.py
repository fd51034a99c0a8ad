"""Promotions of which an order takes one at most."""

from __future__ import annotations

from shangmai.modules.pricing.rules.benefits.free_shipping import FreeShippingWork
from shangmai.modules.pricing.rules.candidates import Candidate


def cliques_of(candidates: list[Candidate]) -> tuple[list[int], list[bool]]:
    """Number the sets of which an order takes one at most; and tell of each whether its turns follow one another."""
    names = [one.entry.clique for one in candidates]
    members: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        if name:
            members.setdefault(name, []).append(place)
    several = [name for name, places in members.items() if len(places) > 1]
    number = {name: i for i, name in enumerate(several)}
    is_block = [_is_block([candidates[place] for place in members[name]]) for name in several]
    return [number.get(name, -1) for name in names], is_block


def _is_block(members: list[Candidate]) -> bool:
    """Whether the members' turns follow one another and all are of the goods: then one of them is taken there."""
    are_of_goods = not any(isinstance(one.work, FreeShippingWork) for one in members)
    return are_of_goods and members[-1].place - members[0].place == len(members) - 1
