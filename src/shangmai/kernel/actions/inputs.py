"""Reading an action's input, and saying in the caller's language what is wrong with it and where."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from shangmai.kernel.actions.contract import ActionSpec, InputInvalid
from shangmai.kernel.i18n import Lang, t

NUL: Final = b"\\u0000"
"""PostgreSQL cannot store this character in a text."""

_AT = re.compile(r" - at `(?:key` in `)?\$(.*?)`$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.+)`")
_FORMS: Final = (
    # msgspec's message, the key of ours, and what of it fills our placeholder
    (re.compile(r"Object contains unknown field `(?P<name>.+)`"), "unknown_field", None),
    (re.compile(r"Expected `(?:int|float|decimal)` (?:>=|>) (?P<limit>\S+)"), "too_small", "limit"),
    (re.compile(r"Expected `(?:int|float|decimal)` (?:<=|<) (?P<limit>\S+)"), "too_large", "limit"),
    (re.compile(r"Expected `(?:str|bytes)` of length >= (?P<limit>\d+)"), "too_short", "limit"),
    (re.compile(r"Expected `(?:str|bytes)` of length <= (?P<limit>\d+)"), "too_long", "limit"),
    (re.compile(r"Expected `(?:array|object)` of length >= (?P<limit>\d+)"), "too_few", "limit"),
    (re.compile(r"Expected `(?:array|object)` of length <= (?P<limit>\d+)"), "too_many", "limit"),
    (re.compile(r"Expected `str` matching regex .*", re.DOTALL), "wrong_form", None),
    (re.compile(r"Invalid enum value (?P<value>.+)", re.DOTALL), "not_allowed", "value"),
    (re.compile(r"Invalid (?:UUID|RFC3339|decimal|base64|duration).*"), "wrong_form", None),
    (re.compile(r"Expected `datetime` with a timezone component"), "no_timezone", None),
    (re.compile(r"Expected `(?P<expected>[^`]+)`, got `[^`]+`"), "wrong_type", "expected"),
    (re.compile(r"JSON is malformed: .*|Input data was truncated|.*codec can't decode.*", re.DOTALL), "not_json", None),
)


def read_input(spec: ActionSpec, raw: bytes | dict[str, Any], lang: Lang = "en") -> msgspec.Struct:
    """The action's input from JSON bytes or plain values. Raises: InputInvalid, naming the field."""
    try:
        if isinstance(raw, bytes):
            value: msgspec.Struct = msgspec.json.decode(raw, type=spec.input)
        else:
            value = msgspec.convert(raw, spec.input, strict=False)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid(str(error), lang) from None
    if (NUL in raw) if isinstance(raw, bytes) else _holds_nul(raw):
        check_no_nul(value, lang)
    return value


def invalid(told: str, lang: Lang) -> InputInvalid:
    """What msgspec told, as a refusal that names the field."""
    at = _AT.search(told)
    path = _dotted(at[1]) if at else ""
    told = told[: at.start()] if at else told
    if missing := _MISSING.fullmatch(told):
        return _refused(f"{path}.{missing[1]}".strip("."), t("kernel.validation.required", lang), lang)
    for form, key, gap in _FORMS:
        if match := form.fullmatch(told):
            filled = {gap: match[gap]} if gap else {}
            path = f"{path}.{match['name']}".strip(".") if "name" in form.groupindex else path
            return _refused(path, t(f"kernel.validation.{key}", lang, **filled), lang)
    return _refused(path, f"does not fit ({told})" if lang == "en" else told, lang)


def check_no_nul(value: Any, lang: Lang) -> None:
    """Refuse a text with the character 0, which the database cannot hold. Raises: InputInvalid."""
    for path, text in _texts(msgspec.to_builtins(value), ""):
        if "\0" in text:
            raise _refused(path, t("kernel.validation.wrong_form", lang), lang)


def _holds_nul(raw: Any) -> bool:
    return any("\0" in text for _, text in _texts(raw, ""))


def _texts(value: Any, path: str) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [(path, value)]
    if isinstance(value, dict):
        inner = [(f"{path}.{key}".strip("."), each) for key, each in value.items()]
        return [(at, key) for (at, _), key in zip(inner, value, strict=True) if isinstance(key, str)] + [
            found for at, each in inner for found in _texts(each, at)
        ]
    if isinstance(value, (list, tuple)):
        return [found for n, each in enumerate(value) for found in _texts(each, f"{path}.{n}".strip("."))]
    return []


def _refused(path: str, why: str, lang: Lang) -> InputInvalid:
    if lang == "zh-CN":
        return InputInvalid([(path, why)], reason=f"{path}：{why}" if path else why)
    return InputInvalid([(path, why)], reason=f"{path or 'it'} {why}")


def _dotted(json_path: str) -> str:
    """`.lines[0].qty` → `lines.0.qty`."""
    return json_path.replace("[...]", ".*").replace("[", ".").replace("]", "").strip(".")
