"""Which modules this installation is made of: importing them declares their actions, events and consumers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from shangmai import modules
from shangmai.kernel.db.database import Database
from shangmai.kernel.http.front import Look

PARTS = ("service", "jobs")
OF_THE_KERNEL = ("events.desk", "jobs.desk")
"""Its own actions."""
OF_THE_APPS = ("backup.desk",)
"""Actions on the installation as a whole."""


def names() -> list[str]:
    """The modules that are built, by name."""
    return sorted(module.name for module in iter_modules(modules.__path__) if module.ispkg)


def load() -> None:
    """Declare every module's actions, events and consumers. Calling it again changes nothing."""
    for part in OF_THE_KERNEL:
        import_module(f"shangmai.kernel.{part}")
    for part in OF_THE_APPS:
        import_module(f"shangmai.apps.{part}")
    for name in names():
        for part in PARTS:
            path = f"shangmai.modules.{name}.{part}"
            if find_spec(path) is not None:
                import_module(path)


def routes() -> list[Any]:
    """The GET routes and callbacks of every module: the `routes` of its `http`."""
    return [route for http in _https() for route in http.routes]


def listeners() -> list[Callable[[Database], Coroutine[Any, Any, None]]]:
    """What modules run beside their routes in every API process, until it is canceled: the `listeners` of `http`."""
    return [listener for http in _https() for listener in getattr(http, "listeners", ())]


def fronts() -> list[tuple[str, Look]]:
    """Where modules keep whole answers, by what the addresses begin with: the `fronts` of `http`."""
    return [front for http in _https() for front in getattr(http, "fronts", ())]


def _https() -> list[Any]:
    paths = [f"shangmai.modules.{name}.http" for name in names()]
    return [import_module(path) for path in paths if find_spec(path) is not None]
