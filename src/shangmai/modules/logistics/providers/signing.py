"""The signatures of carriers and aggregators. MD5 is theirs to choose; nothing here is safer than they are.

Sources: formats as published by each (SF 丰桥 open.sf-express.com/developSupport/976720; 快递鸟 and 快递100 interface
documents; 菜鸟 openapi.express.cainiao.com/docs/sign.html; JDL by jdl_sdk 0.0.2), read 2026-11.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from urllib.parse import quote_plus


def md5(text: str) -> bytes:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()


def java_urlencode(text: str) -> str:
    """As java.net.URLEncoder writes: space is +, * stays, ~ does not."""
    return quote_plus(text, safe="*").replace("~", "%7E")


def sf(message: str, timestamp: str, check_word: str) -> str:
    """SF's msgDigest, 标准 MD5: base64 of the digest of the URL-encoded text."""
    return b64encode(md5(java_urlencode(message + timestamp + check_word))).decode()


def kuaidi100(*parts: str) -> str:
    """快递100: what is to be signed, then its secrets, in upper hex."""
    return md5("".join(parts)).hex().upper()


def kdniao(data: str, api_key: str) -> str:
    """快递鸟's DataSign before the form's own encoding: base64 of the hex text, not of the digest."""
    return b64encode(md5(data + api_key).hex().encode()).decode()


def cainiao(content: str, secret: str) -> str:
    """菜鸟's data_digest."""
    return b64encode(md5(content + secret)).decode()


def jdl(secret: str, **params: str) -> str:
    """JDL's md5-salt over access_token, app_key, method, param_json, timestamp and v, in lower hex."""
    text = "".join(f"{name}{params[name]}" for name in sorted(params))
    return md5(f"{secret}{text}{secret}").hex()


def same(one: str, other: str) -> bool:
    """Compare without telling by the time it takes how much was right."""
    return hmac.compare_digest(one.encode(), other.encode())
