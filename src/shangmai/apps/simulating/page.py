"""The page where a payer pays a simulated trade."""

from __future__ import annotations

from html import escape
from typing import Final

from litestar import Response

from shangmai.apps.simulating.holding import Trade

STYLE: Final = (
    "body{font:16px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;display:grid;place-items:center;min-height:90vh;"
    "margin:0;background:#f4f5f2;color:#13211d}main{background:#fff;border:1px solid #dfe5e0;border-radius:14px;"
    "padding:28px;width:min(380px,90vw);text-align:center}b{display:block;font-size:2.2rem}"
    "button{font:inherit;padding:12px 28px;border:0;border-radius:10px;background:#0c6b56;color:#fff}"
)
NAMES: Final = {"wechat": "微信支付 WeChat Pay", "alipay": "支付宝 Alipay"}


def payment_page(trade: Trade) -> Response[str]:
    """What is to be paid, with the button that pays it."""
    foot = (
        "<button>确认付款 Pay</button>"
        if trade.status == "open"
        else f"<p>{'已付款 Paid' if trade.status == 'paid' else '已关闭 Closed'}</p>"
    )
    html = (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>模拟支付</title><style>{STYLE}</style><main><p>{NAMES[trade.provider]} · 模拟 simulator</p>"
        f"<p>{escape(trade.subject)}</p><b>¥{trade.total // 100}.{trade.total % 100:02d}</b>"
        f'<form method="post" action="/pay/{escape(trade.out_trade_no)}">{foot}</form></main></html>'
    )
    return Response(html, media_type="text/html; charset=utf-8")
