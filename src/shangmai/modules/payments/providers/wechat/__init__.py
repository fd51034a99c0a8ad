"""WeChat Pay, API v3 (微信支付): JSAPI, H5 and Native payments, and refunds, of an ordinary merchant (直连商户)."""

from shangmai.modules.payments.providers.wechat.provider import WeChatPay

__all__ = ["WeChatPay"]
