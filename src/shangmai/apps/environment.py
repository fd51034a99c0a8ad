"""The settings of this process, from the environment, and what is set up by them before anything else runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from shangmai.kernel import log as logs
from shangmai.kernel.crypto import Vault, use_vault
from shangmai.kernel.settings import PREFIX, Settings

COMMON: Final = ("DATABASE_URL", "PORT")
"""Names that hosting platforms set without our prefix; they count when ours are not set."""


def load_settings(env: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings. Raises: BadSettings."""
    return Settings.load(with_common_names(env))


def begin_process(
    settings: Settings, *, log_level: str | None = None, log_format: Literal["json", "console"] | None = None
) -> None:
    """Set up the log and the keys of this process; the first one of an installation makes its key file.

    Raises: BadKeyFile.
    """
    logs.configure(log_level or settings.log_level, log_format or settings.log_format)
    use_vault(Vault(settings.master_keys()))


def with_common_names(env: Mapping[str, str]) -> dict[str, str]:
    """The environment with our names for what also has a common one."""
    common = {f"{PREFIX}{name}": env[name] for name in COMMON if env.get(name, "").strip()}
    return {**common, **{name: text for name, text in env.items() if text.strip() or name not in common}}


def port_is_chosen(env: Mapping[str, str] = os.environ) -> bool:
    """Whether somebody has said which port, so that no other will do."""
    return bool(with_common_names(env).get(f"{PREFIX}PORT", "").strip())


def as_environment(settings: Settings, env: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment for a child that is to have these settings."""
    others = {name: text for name, text in env.items() if not name.startswith(PREFIX) and name not in COMMON}
    plain = msgspec.structs.asdict(settings)
    return others | {f"{PREFIX}{name.upper()}": _spelled(value) for name, value in plain.items() if value is not None}


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
