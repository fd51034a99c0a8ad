"""The admin's generated forms: each field and each choice of every action has words in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from shangmai.kernel.actions.contract import ACTIONS

WORDS = Path(__file__).parents[2] / "web/admin/src/i18n/fields.ts"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def fields() -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Each action of the product, its fields, and how each is described, with what the description refers to."""
    for name, spec in ACTIONS.items():
        if spec.run.__module__.startswith("shangmai."):  # tests declare actions of their own in the same process
            schema = msgspec.json.schema(spec.input)
            named = schema.get("$defs", {})
            for field, described in resolved(schema, named).get("properties", {}).items():
                yield name, field, described, named


def resolved(schema: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    return named[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema


def choices(schema: dict[str, Any], named: dict[str, Any]) -> list[str]:
    """What may be chosen, where it is one of several texts, alone or in a list."""
    here = resolved(schema, named)
    inner = [*here.get("anyOf", ()), *([here["items"]] if isinstance(here.get("items"), dict) else ())]
    own = [each for each in here.get("enum", ()) if isinstance(each, str) and each]
    return own + [each for one in inner for each in choices(one, named)]


def test_every_field_has_a_chinese_name() -> None:
    """By its description or by the list; in English its own name is spelled out."""
    named = set(re.findall(r"\b([a-z_0-9]+): \"", WORDS.read_text().split("CHOICES")[0]))
    found = list(fields())
    assert len(found) > 500
    missing = {
        f for _, f, described, _ in found if f not in named and not CHINESE.search(described.get("description", ""))
    }
    assert missing == set(), "say what they are called in web/admin/src/i18n/fields.ts"
    assert named <= {f for _, f, _, _ in found}, "these are fields of no action any more"


def test_every_choice_has_words() -> None:
    named = set(re.findall(r"(?:\b|\")([a-z0-9_.]+)\"?: \[\"", WORDS.read_text().split("CHOICES")[1]))
    found = {(f, each) for _, f, described, defs in fields() for each in choices(described, defs)}
    assert len(found) > 100
    assert {f"{f}.{each}" for f, each in found if each not in named and f"{f}.{each}" not in named} == set()
