"""The SQL of companies' pricing policies; the newest row of a company is its policy now."""

from __future__ import annotations

from typing import Final

import msgspec

from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.pricing.contract.policy import Policy

_policy: Final = msgspec.json.Decoder(Policy).decode


async def insert(tx: Tx, company_id: CompanyId, policy: Policy) -> None:
    await tx.execute(
        "INSERT INTO pricing_policies (company_id, policy, since, cause) VALUES ($1, $2, $3, $4)",
        company_id,
        policy,
        tx.now,
        tx.cause,
    )


async def all_now(tx: Tx) -> dict[CompanyId, Policy]:
    rows = await tx.fetch(
        "SELECT DISTINCT ON (company_id) company_id, policy::text AS policy FROM pricing_policies"
        " ORDER BY company_id, seq DESC"
    )
    return {row["company_id"]: _policy(row["policy"]) for row in rows}
