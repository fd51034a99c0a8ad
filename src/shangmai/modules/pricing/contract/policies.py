"""Choosing a company's pricing policy."""

from __future__ import annotations

from msgspec import Struct

from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.pricing.contract.policy import Policy


class SetPolicy(Struct, frozen=True, kw_only=True):
    """The whole policy of a company; what is left out is as `Policy` has it."""

    company_id: CompanyId
    policy: Policy


class PolicySet(Struct, frozen=True, kw_only=True):
    company_id: CompanyId
    policy: Policy
