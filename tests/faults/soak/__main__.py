"""`python -m tests.faults.soak [--seconds 60] [--clients 12] [--kill api worker database]`."""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from typing import Final

import httpx

from tests.apps.launched import a_home, launched
from tests.faults.killing import SETTLED_WITHIN_S, Find, kill, settled, the_api, the_postmaster, the_worker
from tests.faults.load import owner_key
from tests.faults.soak.business import Business
from tests.faults.soak.buyers import Buyer
from tests.faults.soak.closing import Closer
from tests.faults.soak.keepers import Floorman, Stockkeeper
from tests.faults.soak.money import Payers
from tests.payments.simulator import simulating

VICTIMS: Final[Mapping[str, Find]] = {"api": the_api, "worker": the_worker, "database": the_postmaster}
BETWEEN_KILLS_S: Final = 4.0
CALM_S: Final = 10.0
"""At the end nobody is killed, so that what was begun can go on."""


async def soak(seconds: float, clients: int, victims: Sequence[str], seed: int) -> Business:
    """Run it; everything must prove at its end, and nothing be parked. Raises: AssertionError."""
    with a_home() as home, simulating() as there, launched(home) as up:
        business = Business(up.running.url, owner_key(home))
        platform = httpx.AsyncClient(base_url=there, timeout=SETTLED_WITHIN_S, trust_env=False)
        payers = Payers(business, platform)
        try:
            await business.open_shop()
            await business.open_floor()
            await payers.open()
            until_s = time.monotonic() + seconds
            hands = [Buyer(business, payers, seed + n) for n in range(clients)]
            others = [Stockkeeper(business, seed), *(Floorman(business, seed + n) for n in range(max(clients // 3, 1)))]
            work = [asyncio.create_task(hand.work(until_s)) for hand in (*hands, *others)]
            rng = random.Random(seed)
            while victims and time.monotonic() < until_s - CALM_S:
                await asyncio.sleep(BETWEEN_KILLS_S)
                await kill((VICTIMS[rng.choice(victims)],), up)
                await business.is_there()  # on a busy machine it takes longer than that, and nothing would go on
            await asyncio.gather(*work)
            await payers.settle()
            stuck = await Closer(business, seed).close()
            assert not stuck, "\n".join(stuck)
            await payers.settle()
            faults = await payers.faults()
            assert not faults, "\n".join(faults)
            assert victims or not business.repeats, up.told
            await settled(up)
        finally:
            await business.close()
            await platform.aclose()
    return business


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=12)
    parser.add_argument("--kill", nargs="*", default=(), choices=VICTIMS, help="whom to kill -9, one every 4 s")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="what people choose; not when they come")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    business = asyncio.run(soak(given.seconds, given.clients, given.kill, given.seed))
    for (action, code), count in sorted(business.answers_of.items()):
        print(f"{count:7,}  {action}  {code}")
    print(f"{business.answers:,} answers, {business.repeats:,} asked again; everything proves, nothing is parked")


if __name__ == "__main__":
    main()
