"""Alipay (支付宝): phone pages, desk pages and QR codes, and refunds, signed with RSA2 keys (公钥模式)."""

from shangmai.modules.payments.providers.alipay.provider import Alipay

__all__ = ["Alipay"]
