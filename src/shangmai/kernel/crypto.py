"""Secrets at rest: field encryption, hashes to look encrypted values up by, masks to show them with, and tokens.

Invariants: one master key never does two jobs (HKDF derives a key for each column and each hash); a ciphertext opens
only in the row and column it was made for; what the newest master key wrote is what `encrypt` writes from now on, and
what an older one wrote can still be read.

Ciphertext: version 1 (1 byte) · id of the master key (4) · nonce (12) · AES-256-GCM ciphertext and tag (length + 16).
The nonce is random: NIST SP 800-38D allows 2**32 of them for one key, that is for one column and one master key.
"""

import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shangmai.kernel.errors import AppError, Invalid

VERSION: Final = b"\x01"
KEY_ID_BYTES: Final = 4
NONCE_BYTES: Final = 12
_HEAD = len(VERSION) + KEY_ID_BYTES
_BODY = _HEAD + NONCE_BYTES


class Undecryptable(AppError):
    """A stored value of {column} cannot be decrypted: {reason}. Restore the row, or the master key that wrote it."""

    zh = "{column} 的密文无法解密：{reason}。请恢复该行数据或当时使用的主密钥。"


class NotAPhone(Invalid):
    """This is not a phone number; write 11 digits for a Chinese mobile, else area or country code and number."""

    zh = "这不是有效的电话号码；手机号为 11 位数字，其他号码请带区号或国家代码。"


class NotAnEmail(Invalid):
    """This is not an e-mail address; one looks like name@example.com."""

    zh = "这不是有效的邮箱地址；邮箱形如 name@example.com。"


class Vault:
    """The master keys of an installation, oldest first: the last one encrypts, all of them decrypt."""

    def __init__(self, master_keys: Sequence[bytes]) -> None:
        assert master_keys, "a vault needs a master key"
        assert all(len(key) == 32 for key in master_keys), "a master key has 32 bytes"
        self._master_by_id = {_key_id(key): key for key in master_keys}
        self._fingerprint_keys: dict[str, bytes] = {}
        assert len(self._master_by_id) == len(set(master_keys)), "two master keys have one id: make another"
        self._newest_id = _key_id(master_keys[-1])
        self._columns: dict[tuple[str, str], ColumnCipher] = {}
        self._hash_keys: dict[str, list[bytes]] = {}

    def column(self, table: str, column: str) -> "ColumnCipher":
        """Give the cipher of one column; made once, so that its keys are derived once."""
        cipher = self._columns.get((table, column))
        if cipher is None:
            keys = {id: _derive(key, f"column/{table}/{column}") for id, key in self._master_by_id.items()}
            cipher = self._columns[table, column] = ColumnCipher(f"{table}/{column}", keys, self._newest_id)
        return cipher

    def keyed_hash(self, context: str, normalized_text: str) -> bytes:
        """Give the 32-byte hash to store beside an encrypted value, to find equal ones by. Normalize the text first.

        Equal texts have different hashes in different contexts, so two tables cannot be joined by them.
        """
        return hmac.digest(self._keys_of(context)[0], normalized_text.encode(), "sha256")

    def lookup_hashes(self, context: str, normalized_text: str) -> list[bytes]:
        """Give the hashes under every master key, newest first: `WHERE phone_hash = ANY($1)` finds rows of any age."""
        return [hmac.digest(key, normalized_text.encode(), "sha256") for key in self._keys_of(context)]

    def fingerprint(self, context: str, text: bytes) -> bytes:
        """Give 16 bytes that tell whether two texts are the same, and nothing else to whoever lacks the key.

        It is made with the oldest master key, so that a new one does not change it: removing the oldest does.
        """
        key = self._fingerprint_keys.get(context)
        if key is None:
            key = self._fingerprint_keys[context] = _derive(next(iter(self._master_by_id.values())), f"print:{context}")
        return hashlib.blake2b(text, key=key, digest_size=16).digest()

    def _keys_of(self, context: str) -> list[bytes]:
        keys = self._hash_keys.get(context)
        if keys is None:
            newest_first = sorted(self._master_by_id.items(), key=lambda item: item[0] != self._newest_id)
            keys = self._hash_keys[context] = [_derive(key, f"hash/{context}") for _, key in newest_first]
        return keys


_vault: Vault | None = None


def use_vault(vault: Vault) -> None:
    """Make this the vault of the process; called once when it starts, with the keys of its settings."""
    global _vault
    _vault = vault


def current_vault() -> Vault:
    """Give the vault of the process. Raises: RuntimeError before `use_vault`; no key is made up in its place."""
    if _vault is None:
        raise RuntimeError("no vault yet: call crypto.use_vault(Vault(settings.master_keys())) when the process starts")
    return _vault


class ColumnCipher:
    """Encrypts one column; the owner (the row's id) must be the same for encrypting and decrypting."""

    def __init__(self, name: str, keys: dict[bytes, bytes], newest_id: bytes) -> None:
        self._name = name
        self._aad = f"{name}/".encode()
        self._ciphers = {id: AESGCM(key) for id, key in keys.items()}
        self._newest = self._ciphers[newest_id]
        self._head = VERSION + newest_id

    def encrypt(self, plain: str, owner: UUID) -> bytes:
        return self._seal(plain, owner, os.urandom(NONCE_BYTES))

    def decrypt(self, sealed: bytes, owner: UUID) -> str:
        """Raises: Undecryptable when it was changed, moved here from another row, or its master key is gone."""
        cipher = self._ciphers.get(sealed[len(VERSION) : _HEAD])
        if sealed[: len(VERSION)] != VERSION or cipher is None:
            raise Undecryptable(column=self._name, owner=owner, reason="its version or master key is unknown")
        try:
            return cipher.decrypt(sealed[_HEAD:_BODY], sealed[_BODY:], self._aad + owner.bytes).decode()
        except (InvalidTag, ValueError):
            reason = "it was changed or belongs to another row"
            raise Undecryptable(column=self._name, owner=owner, reason=reason) from None

    def encrypt_many(self, plains: Sequence[str | None], owners: Sequence[UUID]) -> list[bytes | None]:
        """Encrypt value by value, in the order given; None stays None."""
        randomness = os.urandom(NONCE_BYTES * len(plains))
        return [
            None if plain is None else self._seal(plain, owner, randomness[at : at + NONCE_BYTES])
            for plain, owner, at in zip(plains, owners, range(0, len(randomness), NONCE_BYTES), strict=True)
        ]

    def decrypt_many(self, sealed: Sequence[bytes | None], owners: Sequence[UUID]) -> list[str | None]:
        """Decrypt value by value, in the order given; None stays None. Raises: Undecryptable, for the first bad one."""
        return [None if one is None else self.decrypt(one, owner) for one, owner in zip(sealed, owners, strict=True)]

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether the newest master key wrote this; a job re-encrypts what it did not, after a rotation."""
        return sealed.startswith(self._head)

    def _seal(self, plain: str, owner: UUID, nonce: bytes) -> bytes:
        return self._head + nonce + self._newest.encrypt(nonce, plain.encode(), self._aad + owner.bytes)


def normalize_phone(text: str) -> str:
    """Bring the spellings of one number to one text, to store and to hash.

    A Chinese mobile becomes its 11 digits, with the extension of a marketplace's privacy number after a dash
    (13812345678-1234); any other number its digits, with + before a country code. Raises: NotAPhone.
    """
    number, extension = _read_phone(text)
    if not _ANY_PHONE.fullmatch(number):
        raise NotAPhone()
    return f"{number}-{extension}" if extension else number


def normalize_email(text: str) -> str:
    """Bring the spellings of one address to one text; a mailbox that minds the case of letters is not known to exist.

    Raises: NotAnEmail.
    """
    address = unicodedata.normalize("NFKC", text).strip().lower()
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise NotAnEmail()
    return address


def mask_phone(phone: str) -> str:
    """Hide the middle: 13812345678 → 138****5678, 13812345678-1234 → 138****5678-****. Any spelling, any length."""
    number, extension = _read_phone(phone)
    shown_before, shown_after = (3, 4) if len(number) >= 11 else (0, min(4, len(number) // 2))
    masked = f"{number[:shown_before]}****{number[len(number) - shown_after :]}"
    return f"{masked}-****" if extension else masked


def mask_name(name: str) -> str:
    """Keep the first letter, and hide how many follow: 张三 → 张**."""
    return f"{name.strip()[:1]}**" if name.strip() else ""


def mask_address(address: str) -> str:
    """Keep province and city: 广东省深圳市南山区科技园1号 → 广东省深圳市****. Elsewhere, keep nothing."""
    match = _PROVINCE_AND_CITY.match(address.strip())
    kept = "".join(part for part in match.groups() if part) if match else ""
    return f"{kept}****"


def new_token(prefix: str) -> str:
    """Make a secret of 256 random bits; the prefix lets people and leak scanners tell what it opens: `sm_live_…`."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def token_hash(token: str) -> bytes:
    """Give what is stored instead of the token; without a salt, for a random token cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()


def _read_phone(text: str) -> tuple[str, str]:
    """Give the number without separators or the code of China, and the extension of a Chinese mobile."""
    plain = unicodedata.normalize("NFKC", text[:60]).strip().lower()
    mobile = _CHINESE_MOBILE.fullmatch(plain)
    if mobile is not None:
        return _SEPARATORS.sub("", mobile[1]), mobile[2] or ""
    number = re.sub(r"^00", "+", _SEPARATORS.sub("", plain))
    number = re.sub(r"^\+86(?=[48]00)", "", number)  # 400 and 800 numbers have no area code
    return re.sub(r"^\+860?", "0", number), ""


def _key_id(master_key: bytes) -> bytes:
    return hashlib.sha256(b"shangmai key id\0" + master_key).digest()[:KEY_ID_BYTES]


def _derive(master_key: bytes, context: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"shangmai/{context}".encode()).derive(master_key)


_CHINESE_MOBILE = re.compile(
    r"(?:\+?86|0086|\(\+?86\))?[\s-]*(1[3-9][0-9][\s-]*[0-9]{4}[\s-]*[0-9]{4})(?:\s*(?:-|转|,|#|ext\.?)\s*([0-9]{1,6}))?"
)
_SEPARATORS = re.compile(r"[\s().\-]")
_ANY_PHONE = re.compile(r"\+?[0-9]{5,15}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")

_PROVINCES = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西"
    "|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
# A city is named 深圳市, 延边朝鲜族自治州, 锡林郭勒盟 or 大兴安岭地区; a 超市 in a village street is none.
_PROVINCE_AND_CITY = re.compile(
    rf"((?:{_PROVINCES})(?:省|市|(?:维吾尔|壮族|回族)?自治区|特别行政区)?)?\s*"
    r"([^省市区县路街号弄巷栋楼\s0-9A-Za-z]{1,8}?(?:(?<!超)市|自治州|地区|盟))?"
)
