"""The admin calls in Chinese whatever it may be told of: nobody adds an event without its word."""

from __future__ import annotations

import re
from pathlib import Path

from shangmai.apps.wiring import load
from shangmai.kernel.events.contract import TYPES_BY_STRUCT

CALLED = Path(__file__).parents[2] / "web/admin/src/i18n/happened.ts"


def test_every_event_has_a_word_in_chinese() -> None:
    """As `useHappened` looks for it: by the name without its version."""
    load()
    words = dict(re.findall(r'^  "([a-z_.]+)": "(.+)",$', CALLED.read_text("utf-8"), re.MULTILINE))
    ours = {each.name for struct, each in TYPES_BY_STRUCT.items() if struct.__module__.startswith("shangmai.")}
    assert len(ours) > 100
    assert {name for name in ours if re.sub(r"\.v\d+$", "", name) not in words} == set()
    assert all(re.search(r"[\u4e00-\u9fff]", word) for word in words.values())
