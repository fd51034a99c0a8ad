"""RSA signatures as payment providers make them: SHA256withRSA, PKCS#1 v1.5, in base64."""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate

from shangmai.kernel.errors import Unusable


class BadKey(Unusable):
    """The text is no RSA key; the reason says what is wrong with it."""


def sign(private_key: str, message: bytes) -> str:
    """Raises: BadKey."""
    return base64.b64encode(read_private_key(private_key).sign(message, PKCS1v15(), SHA256())).decode()


def is_signed(public_key: str, signature: str, message: bytes) -> bool:
    """Whether the signature, in base64, was made over this message. Raises: BadKey."""
    try:
        read_public_key(public_key).verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def read_private_key(text: str) -> RSAPrivateKey:
    """A key in PEM, or as the base64 alone that Alipay's tool shows (PKCS#8 or PKCS#1). Raises: BadKey."""
    try:
        if "-----" in text:
            key = serialization.load_pem_private_key(text.strip().encode(), None)
        else:
            key = serialization.load_der_private_key(_der(text), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey(
            "it is no private key in PEM (PKCS#8 or PKCS#1, without a password)",
            "不是 PEM 格式的私钥（PKCS#8 或 PKCS#1，不带密码）",
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise BadKey("it is no RSA key", "不是 RSA 密钥")
    return key


@lru_cache(maxsize=256)
def read_public_key(text: str) -> RSAPublicKey:
    """A public key in PEM, as base64 alone, or that of a certificate in PEM. Raises: BadKey."""
    try:
        key = _public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey("it is no public key or certificate in PEM", "不是 PEM 格式的公钥或证书") from None
    if not isinstance(key, RSAPublicKey):
        raise BadKey("it is no RSA key", "不是 RSA 密钥")
    return key


def _public_key(text: str) -> object:
    """Raises: ValueError, UnsupportedAlgorithm."""
    if "BEGIN CERTIFICATE" in text:
        return load_pem_x509_certificate(text.strip().encode()).public_key()
    if "-----" in text:
        return serialization.load_pem_public_key(text.strip().encode())
    return serialization.load_der_public_key(_der(text))


def _der(text: str) -> bytes:
    """Raises: ValueError."""
    return base64.b64decode(re.sub(r"\s", "", text), validate=True)
