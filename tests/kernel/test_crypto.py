"""Secrets at rest: what is sealed opens only where it belongs, is found by its hash, and is shown masked."""

import hashlib
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel import crypto
from shangmai.kernel.crypto import (
    NotAnEmail,
    NotAPhone,
    Undecryptable,
    Vault,
    mask_address,
    mask_name,
    mask_phone,
    new_token,
    normalize_email,
    normalize_phone,
    token_hash,
)

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
ALICE, BOB = UUID(int=1), UUID(int=2)
PHONE = "13812345678"


@pytest.fixture
def vault() -> Vault:
    return Vault([OLD])


class TestEncrypt:
    @given(st.text())
    def test_what_is_sealed_opens(self, plain: str) -> None:
        column = Vault([OLD]).column("members", "phone")
        assert column.decrypt(column.encrypt(plain, ALICE), ALICE) == plain

    def test_the_format_is_the_documented_one(self, vault: Vault) -> None:
        """Opened here without our code, so that no change of it can make stored values unreadable unnoticed."""
        sealed = vault.column("members", "phone").encrypt(PHONE, ALICE)
        key_id = hashlib.sha256(b"shangmai key id\0" + OLD).digest()[:4]
        assert sealed[:5] == b"\x01" + key_id
        assert len(sealed) == 1 + 4 + 12 + len(PHONE) + 16
        key = bytes.fromhex("6b353ca6fdc46eff0c5a9af6297bd761fc2f84e421cdf98bc82b774b24016a72")
        assert AESGCM(key).decrypt(sealed[5:17], sealed[17:], b"members/phone/" + ALICE.bytes) == PHONE.encode()

    def test_a_value_written_long_ago_still_opens(self, vault: Vault) -> None:
        sealed = bytes.fromhex(
            "01bdf108ebc22ef648122ca3d233f069689400daec6cfe6680f62d6e5663e6f32df9308a4a47a9f4d5b6bd16"
        )
        assert vault.column("members", "phone").decrypt(sealed, ALICE) == PHONE

    def test_nonces_are_random(self, vault: Vault) -> None:
        column = vault.column("members", "phone")
        one_by_one = [column.encrypt(PHONE, ALICE) for _ in range(1000)]
        at_once = column.encrypt_many([PHONE] * 1000, [ALICE] * 1000)
        sealed = [one for one in one_by_one + at_once if one is not None]
        assert len({one[5:17] for one in sealed}) == len({one[17:] for one in sealed}) == 2000

    def test_the_plain_text_is_not_in_it(self, vault: Vault) -> None:
        assert b"1381" not in vault.column("members", "phone").encrypt(PHONE, ALICE)


class TestRefused:
    def test_in_another_row(self, vault: Vault) -> None:
        column = vault.column("members", "phone")
        with pytest.raises(Undecryptable) as refused:
            column.decrypt(column.encrypt(PHONE, ALICE), BOB)
        assert refused.value.data == {
            "column": "members/phone",
            "owner": BOB,
            "reason": "it was changed or belongs to another row",
        }
        assert refused.value.status == 500

    @pytest.mark.parametrize(("table", "column"), [("members", "email"), ("suppliers", "phone")])
    def test_in_another_column_or_table(self, vault: Vault, table: str, column: str) -> None:
        sealed = vault.column("members", "phone").encrypt(PHONE, ALICE)
        with pytest.raises(Undecryptable):
            vault.column(table, column).decrypt(sealed, ALICE)

    def test_after_any_bit_was_changed(self, vault: Vault) -> None:
        column = vault.column("members", "phone")
        sealed = column.encrypt(PHONE, ALICE)
        for bit in range(len(sealed) * 8):
            changed = bytearray(sealed)
            changed[bit // 8] ^= 1 << bit % 8
            with pytest.raises(Undecryptable):
                column.decrypt(bytes(changed), ALICE)

    def test_when_cut_short(self, vault: Vault) -> None:
        column = vault.column("members", "phone")
        sealed = column.encrypt(PHONE, ALICE)
        for length in range(len(sealed)):
            with pytest.raises(Undecryptable):
                column.decrypt(sealed[:length], ALICE)

    def test_without_the_master_key_that_wrote_it(self, vault: Vault) -> None:
        sealed = vault.column("members", "phone").encrypt(PHONE, ALICE)
        with pytest.raises(Undecryptable, match="master key is unknown"):
            Vault([NEW]).column("members", "phone").decrypt(sealed, ALICE)

    @pytest.mark.parametrize("keys", [[], [b"short"], [OLD, b"x" * 31]])
    def test_a_vault_without_proper_keys(self, keys: list[bytes]) -> None:
        with pytest.raises(AssertionError):
            Vault(keys)


class TestRotation:
    def test_the_newest_key_encrypts_and_all_decrypt(self) -> None:
        before, after = Vault([OLD]).column("m", "p"), Vault([OLD, NEW]).column("m", "p")
        old, new = before.encrypt(PHONE, ALICE), after.encrypt(PHONE, ALICE)
        assert [after.decrypt(sealed, ALICE) for sealed in (old, new)] == [PHONE, PHONE]
        assert Vault([NEW]).column("m", "p").decrypt(new, ALICE) == PHONE
        with pytest.raises(Undecryptable):
            before.decrypt(new, ALICE)

    def test_tells_what_is_to_be_written_anew(self) -> None:
        before, after = Vault([OLD]).column("m", "p"), Vault([OLD, NEW]).column("m", "p")
        old, new = before.encrypt(PHONE, ALICE), after.encrypt(PHONE, ALICE)
        assert [after.is_current(sealed) for sealed in (old, new)] == [False, True]
        assert before.is_current(old)


class TestVaultOfTheProcess:
    def test_is_the_one_it_was_given_and_never_made_up(self, monkeypatch: pytest.MonkeyPatch, vault: Vault) -> None:
        monkeypatch.setattr(crypto, "_vault", None)
        with pytest.raises(RuntimeError, match="no vault yet"):
            crypto.current_vault()
        crypto.use_vault(vault)
        assert crypto.current_vault() is vault


class TestMany:
    def test_in_the_order_given_with_nothing_for_nothing(self, vault: Vault) -> None:
        column = vault.column("members", "phone")
        sealed = column.encrypt_many(["a", None, "c"], [ALICE, BOB, BOB])
        assert sealed[1] is None
        assert column.decrypt_many(sealed, [ALICE, BOB, BOB]) == ["a", None, "c"]
        assert column.decrypt(sealed[0] or b"", ALICE) == "a"
        with pytest.raises(Undecryptable):
            column.decrypt_many(sealed, [BOB, BOB, BOB])

    def test_of_none(self, vault: Vault) -> None:
        column = vault.column("members", "phone")
        assert column.encrypt_many([], []) == []
        assert column.decrypt_many([], []) == []

    def test_each_needs_its_owner(self, vault: Vault) -> None:
        column = vault.column("members", "phone")
        with pytest.raises(ValueError, match="zip"):
            column.encrypt_many(["a", "b"], [ALICE])
        with pytest.raises(ValueError, match="zip"):
            column.decrypt_many([None, None], [ALICE])


class TestKeyedHash:
    def test_known_value(self, vault: Vault) -> None:
        """Stored beside every value: a change of it would make all of them unfindable."""
        assert (
            vault.keyed_hash("members.phone", PHONE).hex()
            == "4e355041db3e4c2b49b1a7c7a58b8f28518ff334f47cc16e493aebfa04896f92"
        )

    def test_differs_by_text_context_and_key(self, vault: Vault) -> None:
        hashes = {
            vault.keyed_hash("members.phone", PHONE),
            vault.keyed_hash("members.phone", "13812345679"),
            vault.keyed_hash("suppliers.phone", PHONE),
            Vault([NEW]).keyed_hash("members.phone", PHONE),
            hashlib.sha256(PHONE.encode()).digest(),
        }
        assert len(hashes) == 5

    def test_finds_rows_of_before_and_after_a_rotation(self, vault: Vault) -> None:
        rotated = Vault([OLD, NEW])
        assert rotated.lookup_hashes("c", PHONE) == [rotated.keyed_hash("c", PHONE), vault.keyed_hash("c", PHONE)]
        assert rotated.keyed_hash("c", PHONE) == Vault([NEW]).keyed_hash("c", PHONE)


class TestPhone:
    @pytest.mark.parametrize(
        "text",
        [
            "13812345678",
            "138 1234 5678",
            "138-1234-5678",
            "+86 13812345678",
            "+86-138-1234-5678",
            "+8613812345678",
            "8613812345678",
            "008613812345678",
            "(+86)13812345678",
            "１３８１２３４５６７８",
            "＋８６　１３８１２３４５６７８",
            " 13812345678\n",
        ],
    )
    def test_spellings_of_one_mobile(self, text: str) -> None:
        assert normalize_phone(text) == "13812345678"

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("13812345678-1234", "13812345678-1234"),
            ("13812345678-1", "13812345678-1"),
            ("138 1234 5678 转 1234", "13812345678-1234"),
            ("13812345678转1234", "13812345678-1234"),
            ("13812345678 ext. 1234", "13812345678-1234"),
            ("+86 13812345678，1234", "13812345678-1234"),
            ("010-12345678", "01012345678"),
            ("+86 10 12345678", "01012345678"),
            ("(010) 1234 5678", "01012345678"),
            ("400-123-4567", "4001234567"),
            ("+86 400 123 4567", "4001234567"),
            ("+1 (305) 123-4567", "+13051234567"),
            ("0081 90 1234 5678", "+819012345678"),
            ("12345", "12345"),
        ],
    )
    def test_other_numbers(self, text: str, number: str) -> None:
        assert normalize_phone(text) == number
        assert normalize_phone(number) == number

    @pytest.mark.parametrize(
        "text", ["", "1234", "1" * 16, "call me", "1381234567a", "13812345678-1234567", "1+8612345678", "٣" * 11]
    )
    def test_what_is_no_number_is_refused_without_repeating_it(self, text: str) -> None:
        with pytest.raises(NotAPhone) as refused:
            normalize_phone(text)
        assert refused.value.data == {}

    @pytest.mark.parametrize(
        ("phone", "masked"),
        [
            ("13812345678", "138****5678"),
            ("+86 138-1234-5678", "138****5678"),
            ("13812345678-1234", "138****5678-****"),
            ("01012345678", "010****5678"),
            ("4001234567", "****4567"),
            ("12345678", "****5678"),
            ("123456", "****456"),
            ("12", "****2"),
            ("1", "****"),
            ("", "****"),
        ],
    )
    def test_masked(self, phone: str, masked: str) -> None:
        assert mask_phone(phone) == masked


class TestEmail:
    @pytest.mark.parametrize("text", ["li.lei@example.com", " Li.Lei@Example.COM ", "ｌｉ.lei@example.com"])
    def test_spellings_of_one_address(self, text: str) -> None:
        assert normalize_email(text) == "li.lei@example.com"

    @pytest.mark.parametrize(
        "text", ["", "a", "a@b", "a@@b.c", "a b@c.d", "a@b..c", "a@.c", "@b.c", "a@b.c" + "x" * 250]
    )
    def test_what_is_no_address_is_refused(self, text: str) -> None:
        with pytest.raises(NotAnEmail):
            normalize_email(text)


class TestMasks:
    @pytest.mark.parametrize(
        ("name", "masked"),
        [("张三", "张**"), ("张", "张**"), (" 欧阳娜娜", "欧**"), ("John Smith", "J**"), ("", ""), (" ", "")],
    )
    def test_name(self, name: str, masked: str) -> None:
        assert mask_name(name) == masked

    @pytest.mark.parametrize(
        ("address", "masked"),
        [
            ("广东省深圳市南山区科技园1号", "广东省深圳市****"),
            ("广东深圳市南山区科技园1号", "广东深圳市****"),
            ("广东省 深圳市 南山区 科技园1号", "广东省深圳市****"),
            ("北京市朝阳区建国路88号", "北京市****"),
            ("上海市上海市浦东新区世纪大道1号", "上海市上海市****"),
            ("深圳市南山区科技园1号", "深圳市****"),
            ("江西省景德镇市珠山区", "江西省景德镇市****"),
            ("河南省新乡市红旗区", "河南省新乡市****"),
            ("吉林省延边朝鲜族自治州延吉市光明街9号", "吉林省延边朝鲜族自治州****"),
            ("新疆维吾尔自治区乌鲁木齐市天山区", "新疆维吾尔自治区乌鲁木齐市****"),
            ("内蒙古自治区锡林郭勒盟锡林浩特市", "内蒙古自治区锡林郭勒盟****"),
            ("黑龙江省大兴安岭地区漠河", "黑龙江省大兴安岭地区****"),
            ("香港特别行政区九龙弥敦道1号", "香港特别行政区****"),
            ("广东南山区科技园1号", "广东****"),
            ("科技园路1号华润超市对面", "****"),
            ("王家村惠民超市", "****"),
            ("1 Main Street, Springfield", "****"),
            ("", "****"),
        ],
    )
    def test_address(self, address: str, masked: str) -> None:
        assert mask_address(address) == masked


class TestTokens:
    def test_are_random_and_tell_what_they_open(self) -> None:
        tokens = {new_token("sm_live") for _ in range(1000)}
        assert len(tokens) == 1000
        assert all(token.startswith("sm_live_") and len(token) == 8 + 43 for token in tokens)

    def test_hash_is_sha256(self) -> None:
        assert token_hash("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
