"""Personal data stays out of the action log, wherever in a type it is marked; the vault of a process."""

import subprocess
import sys
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from shangmai.kernel.actions.contract import Personal
from shangmai.kernel.actions.masking import MASKED, has_personal, masked

Phone = Annotated[str, Meta(max_length=20), Personal]


class Inner(Struct):
    phone: Phone
    city: str = "深圳"


class Outer(Struct):
    id: int
    phone: Phone
    email: Phone | None = None
    spare: Annotated[str | None, Personal] = None
    phones: list[Phone] = []
    by_kind: dict[str, Phone] = {}
    pair: tuple[Phone, int] | None = None
    inner: tuple[Inner, ...] = ()
    named: dict[str, Inner] = {}
    change: Phone | UnsetType = UNSET
    version: int | UnsetType = UNSET


class Plain(Struct):
    id: int


def test_every_marked_field_is_masked_and_what_was_not_given_is_left_out() -> None:
    given = Outer(
        1, "138", "a@b", "x", ["138"], {"home": "138"}, ("138", 1), (Inner("139"),), {"a": Inner("139")}, change="137"
    )
    inner = {"phone": MASKED, "city": "深圳"}
    assert logged(given) == {
        "id": 1,
        "phone": MASKED,
        "email": MASKED,
        "spare": MASKED,
        "phones": [MASKED],
        "by_kind": MASKED,
        "pair": [MASKED, MASKED],
        "inner": [inner],
        "named": {"a": inner},
        "change": MASKED,
    }
    assert logged(Outer(1, "138"))["email"] is None
    assert "change" not in logged(Outer(1, "138"))


def logged(value: Struct) -> Any:
    return msgspec.json.decode(msgspec.json.encode(masked(value)))


def test_a_mark_is_found_at_any_depth() -> None:
    assert has_personal(Outer)
    assert has_personal(list[Inner])
    assert not has_personal(Plain)


def test_without_a_vault_nothing_is_encrypted_under_a_made_up_key() -> None:
    code = "from shangmai.kernel.crypto import current_vault; current_vault()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "call crypto.use_vault(Vault(settings.master_keys())) when the process starts" in done.stderr
