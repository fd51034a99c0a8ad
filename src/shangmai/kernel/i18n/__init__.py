"""Texts for people, in Chinese and English: every key exists in both, with the same placeholders.

Each module registers its own catalogs (`zh-CN.toml` and `en.toml` in its folder); its keys begin with its name:
`orders.status.placed`. The texts of errors stand at their classes (`kernel.errors`), not here.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Any, Final, Literal, get_args

from shangmai.kernel import errors

Lang = Literal["zh-CN", "en"]
LANGS: Final[tuple[Lang, ...]] = get_args(Lang)
DEFAULT: Final[Lang] = "zh-CN"

Catalog = Mapping[str, Any]
"""Texts by key; a catalog within a catalog adds a dotted step to the key, as a table does in TOML."""

_BY_PRIMARY: Final[dict[str, Lang | Literal["*"]]] = {"zh": "zh-CN", "en": "en", "*": "*"}
_WISH = re.compile(r"(?P<primary>[a-z]+|\*)(?:-[a-z0-9]+)*\s*(?:;\s*q=(?P<quality>[01](?:\.[0-9]{0,3})?))?")
_texts: dict[Lang, dict[str, str]] = {lang: {} for lang in LANGS}
_modules: set[str] = set()


def register_catalog(module: str, zh: Catalog, en: Catalog) -> None:
    """Add a module's texts, once, when it is imported; a key or placeholder missing in one language stops the start."""
    assert module not in _modules, f"{module} has registered its catalog already"
    by_lang: dict[Lang, dict[str, str]] = {"zh-CN": dict(_flat(module, zh)), "en": dict(_flat(module, en))}
    one_sided = by_lang["zh-CN"].keys() ^ by_lang["en"].keys()
    assert not one_sided, f"only one language has {sorted(one_sided)}"
    for key, text in by_lang["en"].items():
        assert _gaps(text) == _gaps(by_lang["zh-CN"][key]), f"{key} has other placeholders in zh-CN than in en"
    _modules.add(module)
    for lang in LANGS:
        _texts[lang] |= by_lang[lang]


def register_folder(module: str, folder: Path) -> None:
    """Register `zh-CN.toml` and `en.toml` of the folder: `register_folder("orders", Path(__file__).parent)`."""
    zh, en = (tomllib.loads((folder / f"{lang}.toml").read_text("utf-8")) for lang in LANGS)
    register_catalog(module, zh, en)


def t(key: str, lang: Lang = DEFAULT, **data: object) -> str:
    """Give the text of `key` with its placeholders filled; an unknown key gives itself, in tests an AssertionError."""
    text = _texts[lang].get(key)
    if text is None:
        assert not errors.strict, f"no text has the key {key!r}"
        return key
    return errors.fill(text, data)


def keys(lang: Lang) -> frozenset[str]:
    return frozenset(_texts[lang])


def texts(lang: Lang) -> dict[str, str]:
    """Give all texts of a language, for a front end to load at once."""
    return dict(_texts[lang])


def negotiate(accept_language: str | None, default: Lang = DEFAULT) -> Lang:
    """Choose the language that an Accept-Language header (RFC 9110, 12.5.4) likes best; the default if none fits."""
    wishes = sorted(_wishes(accept_language or ""), key=lambda wish: -wish[1])
    refused = {lang for lang, quality in wishes if quality == 0}
    for lang, quality in wishes:
        if lang == "*" and quality > 0:
            return next((one for one in (default, *LANGS) if one not in refused), default)
        if lang in LANGS and quality > 0:
            return lang
    return default


def _wishes(header: str) -> Iterator[tuple[Lang | Literal["*"], Decimal]]:
    """Yield what the header names of our languages, any region of them, with its quality; skip what is malformed."""
    for part in header.split(","):
        match = _WISH.fullmatch(part.strip().lower())
        if match is not None and match["primary"] in _BY_PRIMARY:
            yield _BY_PRIMARY[match["primary"]], Decimal(match["quality"] or 1)


def _flat(prefix: str, catalog: Catalog) -> Iterator[tuple[str, str]]:
    for name, text in catalog.items():
        key = f"{prefix}.{name}"
        if isinstance(text, Mapping):
            yield from _flat(key, text)
        else:
            assert isinstance(text, str), f"{key} is not a text"
            yield key, text


def _gaps(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


register_folder("kernel", Path(__file__).parent)
