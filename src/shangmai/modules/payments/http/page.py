"""The test gateway's page, in Chinese and English: one file, nothing from elsewhere, no script."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import Final

from shangmai.kernel.i18n import Lang
from shangmai.kernel.money import Money
from shangmai.modules.payments.contract import IntentStatus, Outcome, PaymentIntent

STYLE: Final = """
:root { --ink: #13211d; --soft: #56655f; --line: #dfe5e0; --paper: #f6f7f3; --card: #fff; --jade: #0c6b56;
  --red: #b3261e; color-scheme: light dark; color: var(--ink); background: var(--paper);
  font: 16px/1.6 system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eeea; --soft: #9fb0a9; --line: #2a3833; --paper: #0e1613;
  --card: #15201c; --jade: #4fc3a1; --red: #f2877f; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 20px; }
main { width: min(420px, 100%); background: var(--card); border: 1px solid var(--line); border-radius: 16px;
  padding: 30px; text-align: center; }
.mark { display: inline-block; color: var(--soft); border: 1px solid var(--line); border-radius: 99px;
  padding: 2px 14px; font-size: 0.86rem; }
h1 { font-size: 1.05rem; font-weight: 500; margin: 22px 0 0; }
.amount { font-size: 2.6rem; font-weight: 650; margin: 4px 0 20px; font-variant-numeric: tabular-nums; }
dl { margin: 0 0 24px; text-align: left; font-size: 0.92rem; }
dl div { display: flex; justify-content: space-between; gap: 16px; padding: 8px 0; border-top: 1px solid var(--line); }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; text-align: right; }
form { display: grid; gap: 12px; }
button { font: inherit; padding: 12px; border-radius: 10px; border: 1px solid var(--jade); cursor: pointer;
  background: var(--jade); color: var(--paper); }
button.quiet { background: none; color: var(--red); border-color: var(--line); }
:focus-visible { outline: 2px solid var(--jade); outline-offset: 2px; }
.state { font-size: 1.1rem; margin: 0; } .paid { color: var(--jade); } .bad { color: var(--red); }
.fine { color: var(--soft); font-size: 0.86rem; margin: 22px 0 0; }
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

TEXTS: Final[dict[Lang, dict[str, str]]] = {
    "zh-CN": {
        "title": "测试支付",
        "mark": "测试网关 · 不产生真实扣款",
        "order": "订单",
        "number": "支付单号",
        "until": "有效期至",
        "success": "支付成功",
        "failure": "支付失败",
        "paid": "支付成功，商户已确认收款",
        "closed": "支付单已关闭",
        "expired": "支付单已过期，请从订单重新发起支付",
        "waiting": "已付款，正在通知商户…",
        "failed": "支付失败，可以重试",
        "fine": "按钮决定这笔付款的结果；结果由网关签名后回调商户。",
    },
    "en": {
        "title": "Test payment",
        "mark": "Test gateway · no money is moved",
        "order": "Order",
        "number": "Payment",
        "until": "Valid until",
        "success": "Payment succeeds",
        "failure": "Payment fails",
        "paid": "Paid, and confirmed by the merchant",
        "closed": "This payment is closed",
        "expired": "This payment has expired; start a new one from the order",
        "waiting": "Paid; telling the merchant…",
        "failed": "The payment failed; you can try again",
        "fine": "The buttons decide what becomes of this payment; the gateway signs it and calls the merchant back.",
    },
}


def render(intent: PaymentIntent, state: str, told: Outcome | None, lang: Lang) -> str:
    """The page; `told` is the button that was pressed just now. It reloads by itself while the merchant is told."""
    say = TEXTS[lang]
    is_waiting = state == IntentStatus.OPEN.value and told is Outcome.SUCCESS
    reload = '<meta http-equiv="refresh" content="1">' if is_waiting else ""
    facts = [
        (say["order"], intent.subject),
        (say["number"], str(intent.id)),
        (say["until"], f"{intent.expires_at:%Y-%m-%d %H:%M} UTC"),
    ]
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    return f"""<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
{reload}<title>{say["title"]} · 商脉 Shangmai</title><style>{STYLE}</style></head>
<body><main><span class="mark">{say["mark"]}</span><h1>{say["title"]}</h1>
<p class="amount">{escape(Money(intent.amount_minor, intent.currency).format(lang))}</p><dl>{rows}</dl>
{_foot(state, told, say)}<p class="fine">{say["fine"]}</p></main></body></html>"""


def _foot(state: str, told: Outcome | None, say: dict[str, str]) -> str:
    """The buttons, or why there are none."""
    if state != IntentStatus.OPEN.value:
        tone = "paid" if state == IntentStatus.PAID.value else "bad"
        return f'<p class="state {tone}" role="status">{say[state]}</p>'
    if told is Outcome.SUCCESS:
        return f'<p class="state" role="status">{say["waiting"]}</p>'
    failed = f'<p class="state bad" role="alert">{say["failed"]}</p>' if told is Outcome.FAILURE else ""
    return (
        f'<form method="post">{failed}'
        f'<button name="outcome" value="success">{say["success"]}</button>'
        f'<button name="outcome" value="failure" class="quiet">{say["failure"]}</button></form>'
    )
