"""The action that chooses how a company's amounts are rounded and combinations chosen."""

from __future__ import annotations

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, CompanyNotFound
from shangmai.modules.pricing.contract.policies import PolicySet, SetPolicy
from shangmai.modules.pricing.contract.policy import Policy
from shangmai.modules.pricing.queries import policies, versions
from shangmai.modules.pricing.service.indexing import DEFAULT


@action(
    "pricing.set_policy",
    grant="pricing.set_policy",
    scope=lambda do: {"company": do.company_id},
    errors=[CompanyNotFound],
)
async def set_policy(tx: Tx, do: SetPolicy) -> PolicySet:
    """Choose how a company's prices are rounded and combinations of promotions chosen, from now on.

    Orders keep the policy that they were placed under. Raises: CompanyNotFound.
    """
    if do.company_id not in await organization.get_companies(tx, [do.company_id]):
        raise CompanyNotFound(company_id=do.company_id)
    await policies.insert(tx, do.company_id, do.policy)
    await versions.advance(tx, "promotions")
    return PolicySet(company_id=do.company_id, policy=do.policy)


async def policy_of(tx: Tx, company_id: CompanyId) -> Policy:
    """A company's policy now; the default where none was chosen."""
    return (await policies.all_now(tx)).get(company_id, DEFAULT)
