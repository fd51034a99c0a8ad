"""Keys and certificates that the simulator makes when it starts."""

from __future__ import annotations

import base64
import os
import secrets
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from msgspec import Struct

NONCE_CHARS: Final = 12


class Pair(Struct, frozen=True):
    """A key pair, its certificate and the certificate's serial in hexadecimal."""

    key: RSAPrivateKey
    certificate: str
    serial: str

    @property
    def private_pem(self) -> str:
        pkcs8 = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, pkcs8, serialization.NoEncryption()).decode()

    @property
    def public_pem(self) -> str:
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, spki).decode()


def make_pair(name: str, now: datetime) -> Pair:
    """A new RSA key with a certificate that it signs itself, valid for five years."""
    key = generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=5 * 365))
        .sign(key, SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return Pair(key, pem, f"{certificate.serial_number:040X}")


def sign(key: RSAPrivateKey, message: bytes) -> str:
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def fits(key: RSAPublicKey, signature: str, message: bytes) -> bool:
    try:
        key.verify(base64.b64decode(signature), message, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def seal(key: str, plain: bytes, about: str) -> dict[str, str]:
    """AES-256-GCM as WeChat Pay puts it into a notice."""
    nonce = secrets.token_hex(NONCE_CHARS // 2)
    sealed = AESGCM(key.encode()).encrypt(nonce.encode(), plain, about.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "associated_data": about,
        "nonce": nonce,
    }


def new_v3_key() -> str:
    return base64.b64encode(os.urandom(24)).decode().replace("+", "a").replace("/", "b")
