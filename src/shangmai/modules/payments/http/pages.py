"""The pages where a shopper pays: the choice of ways, and one payment, in Chinese and English."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

import segno

from shangmai.kernel.i18n import Lang
from shangmai.kernel.money import Money
from shangmai.modules.payments.contract import PaymentIntent, Scene
from shangmai.modules.payments.http.page import STYLE as BASE

STYLE: Final = (
    BASE
    + """
h1 { margin-top: 0; } .qr { width: min(240px, 70vw); height: auto; border-radius: 12px; background: #fff;
  padding: 10px; margin: 0 auto 14px; display: block; }
a.button { display: block; text-decoration: none; padding: 12px; border-radius: 10px; background: var(--jade);
  color: var(--paper); } a.quiet { color: var(--soft); display: inline-block; margin-top: 18px; }
button.way { display: flex; justify-content: space-between; align-items: center; background: none; color: inherit;
  border-color: var(--line); text-align: left; padding: 16px; } button.way:hover { border-color: var(--jade); }
button.way i { width: 12px; height: 12px; border-radius: 99px; flex: none; margin-right: 12px;
  background: var(--jade); }
button.way i.alipay { background: #1677ff; } button.way i.wechat { background: #07c160; }
.qr + .state { margin-bottom: 20px; } #pay span { display: none; } #pay[data-state="tired"] .tired { display: inline; }
#pay[data-state="open"] .open { display: inline; } #pay[data-state="away"] .away { display: inline; }
button.way span { flex: 1; } button.way small { color: var(--soft); }
"""
)

# It asks every two seconds whether the payment has come, has the provider asked now and then, and gives up in the end;
# within WeChat it opens the payment there.
SCRIPT: Final = """
const box = document.getElementById("pay"), at = box.dataset.at, started = Date.now();
let asked = 0;
async function poll() {
  if (Date.now() - started > 300000) { box.dataset.state = "tired"; return; }
  asked += 1;
  try {
    const answer = await fetch(at + "/state?ask=" + (asked % 5 === 0), { cache: "no-store" });
    if (answer.status === 429) { setTimeout(poll, 1000 * answer.headers.get("retry-after")); return; }
    const told = await answer.json();
    if (told.state !== "open") { location.replace(location.pathname); return; }
    box.dataset.state = "open";
  } catch (error) { box.dataset.state = "away"; }
  setTimeout(poll, 2000);
}
async function inWeChat(payer) {
  const answer = await fetch(at + "/params?payer=" + encodeURIComponent(payer), { cache: "no-store" });
  const told = await answer.json();
  if (!answer.ok) { box.dataset.state = "away"; return; }
  const open = () => WeixinJSBridge.invoke("getBrandWCPayRequest", told.params, () => poll());
  if (window.WeixinJSBridge) open(); else document.addEventListener("WeixinJSBridgeReady", open);
}
if (box.dataset.payer) inWeChat(box.dataset.payer); else poll();
"""


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_hash(STYLE)}'; script-src 'sha256-{_hash(SCRIPT)}'; img-src data:;"
    " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)

NAMES: Final[dict[str, dict[Lang, str]]] = {
    "wechat": {"zh-CN": "微信支付", "en": "WeChat Pay"},
    "alipay": {"zh-CN": "支付宝", "en": "Alipay"},
    "test": {"zh-CN": "测试支付", "en": "Test payment"},
}
SCENES: Final[dict[Scene, dict[Lang, str]]] = {
    Scene.NATIVE: {"zh-CN": "扫码付款", "en": "Scan to pay"},
    Scene.H5: {"zh-CN": "打开应用付款", "en": "Pay in the app"},
    Scene.PAGE: {"zh-CN": "网页付款", "en": "Pay on its page"},
    Scene.JSAPI: {"zh-CN": "微信内付款", "en": "Pay within WeChat"},
}
TEXTS: Final[dict[Lang, dict[str, str]]] = {
    "zh-CN": {
        "title": "支付订单",
        "choose": "选择支付方式",
        "none": "商家尚未开通在线支付，请联系商家。",
        "order": "订单",
        "until": "请在此时间前付款",
        "scan": "请用{name}扫描二维码付款",
        "continue": "继续前往{name}付款",
        "other": "换一种支付方式",
        "waiting": "付款后此页面会自动更新。",
        "late": "尚未收到付款结果。如已付款，请稍后刷新；款项不会丢失，也不会重复扣款。",
        "away": "暂时无法连接，正在重试…",
        "openid": "请在微信中打开商家页面付款，或换用扫码支付。",
        "paid": "支付成功",
        "closed": "支付单已关闭。如已付款，订单将恢复，或款项自动退回。",
        "expired": "支付单已过期，请重新选择支付方式。",
        "settled": "该订单无需付款：已付清或已取消。",
        "failed": "暂时无法发起支付",
    },
    "en": {
        "title": "Pay your order",
        "choose": "Choose how to pay",
        "none": "The shop takes no payments online yet; please ask the shop.",
        "order": "Order",
        "until": "Please pay before",
        "scan": "Scan the code with {name} to pay",
        "continue": "Go on to {name}",
        "other": "Choose another way to pay",
        "waiting": "This page changes by itself once you have paid.",
        "late": "No word of a payment yet. If you have paid, reload in a moment; nothing is lost or charged twice.",
        "away": "No connection; trying again…",
        "openid": "Open the shop's page within WeChat to pay, or pay by QR code.",
        "paid": "Paid. Thank you!",
        "closed": "This payment is closed. If you have paid, your order opens again or the money comes back by itself.",
        "expired": "This payment has expired; choose how to pay again.",
        "settled": "Nothing is to be paid for this order: it is paid or was canceled.",
        "failed": "The payment can't be opened now",
    },
}


def name_of(provider: str, lang: Lang) -> str:
    return NAMES.get(provider, {}).get(lang, provider)


def choice(subject: str, due: Money, ways: Sequence[tuple[str, Scene]], lang: Lang) -> str:
    """The ways to pay, one button each."""
    say = TEXTS[lang]
    buttons = "".join(
        f'<button class="way" name="way" value="{escape(provider)}:{scene.value}"><i class="{escape(provider)}"></i>'
        f"<span>{escape(name_of(provider, lang))}</span><small>{SCENES[scene][lang]}</small></button>"
        for provider, scene in ways
    )
    body = f'<form method="post">{buttons}</form>' if ways else f'<p class="state bad">{say["none"]}</p>'
    return _page(lang, f"{_head(say['choose'], due, lang)}{_facts([(say['order'], subject)])}{body}")


def settled(subject: str, lang: Lang) -> str:
    """Nothing is due by this link."""
    say = TEXTS[lang]
    facts = _facts([(say["order"], subject)])
    return _page(lang, f'<h1>{say["title"]}</h1>{facts}<p class="state paid" role="status">{say["settled"]}</p>')


def payment(
    intent: PaymentIntent, middle: str, lang: Lang, zone: ZoneInfo, *, back: str | None, payer: str = ""
) -> str:
    """One open payment: how to pay it, and a script that waits for it."""
    say = TEXTS[lang]
    other = f'<a class="quiet" href="{escape(back)}">{say["other"]}</a>' if back else ""
    at, until = f"/pay/payments/{intent.id}", intent.expires_at.astimezone(zone)
    return _page(
        lang,
        f"{_head(name_of(intent.provider, lang), Money(intent.amount_minor, intent.currency), lang)}{middle}"
        f"{_facts([(say['order'], intent.subject), (say['until'], f'{until:%Y-%m-%d %H:%M}')])}"
        f'<p class="fine" id="pay" data-state="open" data-at="{at}" data-payer="{escape(payer)}" role="status">'
        f'<span class="open">{say["waiting"]}</span><span class="tired">{say["late"]}</span>'
        f'<span class="away">{say["away"]}</span></p>{other}<script>{SCRIPT}</script>',
    )


def qr(text: str, provider: str, lang: Lang) -> str:
    """The code that is scanned, as a picture in the page itself."""
    picture = segno.make(text, error="m", micro=False).svg_data_uri(scale=8, border=2)
    told = TEXTS[lang]["scan"].format(name=name_of(provider, lang))
    return f'<img class="qr" src="{picture}" alt="{escape(told)}"><p class="state">{escape(told)}</p>'


def go_on(url: str, provider: str, lang: Lang) -> str:
    told = TEXTS[lang]["continue"].format(name=name_of(provider, lang))
    return f'<p><a class="button" href="{escape(url)}">{escape(told)}</a></p>'


def note(text: str, tone: str = "") -> str:
    return f'<p class="state {tone}" role="status">{escape(text)}</p>'


def over(intent: PaymentIntent, state: str, lang: Lang, *, back: str | None) -> str:
    """A payment that is paid, closed or expired."""
    say = TEXTS[lang]
    tone = "paid" if state == "paid" else "bad"
    other = f'<a class="quiet" href="{escape(back)}">{say["other"]}</a>' if back and state != "paid" else ""
    return _page(
        lang,
        f"{_head(say['title'], Money(intent.amount_minor, intent.currency), lang)}"
        f"{_facts([(say['order'], intent.subject)])}{note(say[state], tone)}{other}",
    )


def _head(title: str, amount: Money, lang: Lang) -> str:
    return f'<h1>{escape(title)}</h1><p class="amount">{escape(amount.format(lang))}</p>'


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    return f"<dl>{rows}</dl>"


def _page(lang: Lang, body: str) -> str:
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{TEXTS[lang]['title']} · 商脉 Shangmai</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )
