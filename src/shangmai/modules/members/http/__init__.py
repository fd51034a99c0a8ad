"""Reads of customers for those who serve them; signing in and one's own data for customers."""

from shangmai.modules.members.http import customers, signing_in

routes = [*customers.routes, *signing_in.routes]
