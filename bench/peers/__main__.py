"""`python -m bench.peers [--only checkout hot …] [--rounds 3] [--seconds 10] [--write]`: Shangmai beside the others."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from typing import Final

from bench import summary
from bench.harness import KEY, Table, machine
from bench.peers import rush, scale
from bench.peers.comparing import Results, one_round
from bench.peers.systems.base import HOME, NotInstallable, System
from bench.peers.systems.medusa import Medusa
from bench.peers.systems.shangmai import Shangmai
from bench.peers.systems.vendure import Vendure
from bench.summary import PAGE
from shangmai.kernel import log
from shangmai.kernel.crypto import Vault, use_vault
from shangmai.kernel.db.embedded import EmbeddedPostgres, Server

COMPARED: Final = ("checkout", "hot", "reads")
ALONE: Final = {"rush": rush.run, "scale": scale.run}
SYSTEMS: Final = ("shangmai", "vendure", "medusa")


def main() -> None:
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    log.configure("warning", "console")
    use_vault(Vault([KEY]))
    HOME.mkdir(parents=True, exist_ok=True)
    print(f"Machine: {machine()}")
    with EmbeddedPostgres(HOME) as server:
        parts = _compare(given, server)
        parts |= {name: _alone(name, given, server) for name in ALONE if name in given.only and not given.install}
    for name, text in parts.items():
        print(f"\n{text}")
        if given.write:
            _write(name, text)
    if given.write:
        summary.write()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers")
    parser.add_argument("--only", nargs="+", choices=[*COMPARED, *ALONE], default=[*COMPARED, *ALONE])
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS), help="which are compared")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each measurement runs")
    parser.add_argument("--servers", type=int, default=1, help="server processes of each peer, beside its worker")
    parser.add_argument("--install", action="store_true", help="only fetch the peers and fill their databases")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md and the READMEs")
    return parser.parse_args()


def _compare(given: argparse.Namespace, server: Server) -> dict[str, str]:
    """The three in turn; who cannot be installed is named, and the others are measured all the same."""
    only = [part for part in COMPARED if part in given.only]
    if not only and not given.install:
        return {}
    ready, missing = _ready(given, server)
    results = Results()
    for number in range(0 if given.install else given.rounds):
        for system in ready:
            started = time.perf_counter()
            print(f"round {number + 1}, {system.title} …", flush=True)
            one_round(system, server, only, given.seconds, results)
            print(f"  ({time.perf_counter() - started:.0f} s)", flush=True)
    notes = [f"{system.title} was not measured: {why}\n" for system, why in missing]
    return {part: "\n".join([table.markdown(), *notes]) for part, table in results.tables().items()}


def _ready(given: argparse.Namespace, server: Server) -> tuple[list[System], list[tuple[System, str]]]:
    every: list[System] = [Shangmai(), Vendure(given.servers), Medusa(given.servers)]
    ready: list[System] = []
    missing = []
    for system in every:
        if system.name not in given.systems:
            continue
        started = time.perf_counter()
        try:
            system.install()
        except NotInstallable as why:
            print(f"{system.title}: {why}", flush=True)
            missing.append((system, str(why).splitlines()[0]))
            continue
        system.fill(server)
        print(f"{system.title} is installed and filled ({time.perf_counter() - started:.0f} s)", flush=True)
        ready.append(system)
    return ready, missing


def _alone(name: str, given: argparse.Namespace, server: Server) -> str:
    print(f"{name} …", flush=True)
    tables: list[Table] = ALONE[name](server, given.seconds)
    return "\n".join(table.markdown() for table in tables)


def _write(part: str, text: str) -> None:
    body = f"{text}\nMachine: {machine()}."
    PAGE.write_text(summary.replaced(PAGE.read_text(encoding="utf-8"), part, body), encoding="utf-8")


if __name__ == "__main__":
    main()
