"""Opening payments at their providers, for the payer's page or client."""

from __future__ import annotations

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.modules.payments.contract import BeginTrade, IntentId, PaymentIntent, ProviderAway, Shown
from shangmai.modules.payments.providers.port import Asking, Unheard
from shangmai.modules.payments.service.accounts import account_of, with_keys
from shangmai.modules.payments.service.providers import find_provider


async def present(
    runner: Runner, intent_id: IntentId, *, payer: str | None = None, client_ip: str = "127.0.0.1", return_url: str = ""
) -> Shown:
    """Open a payment at its provider and tell how the payer pays; call it outside of any transaction.

    `payer` is the openid that JSAPI needs, `client_ip` the payer's, which H5 needs. Opening it again shows the same
    payment. Raises: IntentNotFound, IntentNotPayable, AccountIncomplete, ProviderRefused, ProviderAway.
    """
    do = BeginTrade(intent_id=intent_id)
    began = await runner.run(Call(action="payments.begin_trade", input=do, actor=SYSTEM, door="page"))
    intent: PaymentIntent = began.unwrap()
    async with runner.db.reading(SYSTEM) as tx:
        account = await account_of(tx, intent.account_id, intent.provider, intent.company_id)
    provider = find_provider(intent.provider)
    provider.check(account)
    asking = Asking(scene=intent.scene, payer=payer, client_ip=client_ip, return_url=return_url)
    try:
        return await with_keys(
            runner, account, lambda each: provider.create(each, intent, asking, runner.db.clock.now())
        )
    except Unheard as why:
        raise ProviderAway(provider=intent.provider, reason=why.reason) from why
