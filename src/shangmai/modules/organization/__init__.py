"""Organization: the enterprise's companies (sets of books), their shops (sales channels) and departments.

Owns `companies`, `shops`, `departments`. Everything stands on it, so it stands on nothing but the kernel.
Invariants: all of a company or shop but its name never changes, so other modules may remember it; a department's
parent is of the same company, and no department lies under itself.
Events out: organization.company_created.v1, organization.shop_created.v1. Events in: none.
"""
