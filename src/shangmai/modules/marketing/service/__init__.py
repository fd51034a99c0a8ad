"""Trying a campaign before anyone sees it."""

from shangmai.modules.marketing.service.replaying import replay
from shangmai.modules.marketing.service.what_if import get_what_if, list_what_ifs, start_what_if, stop_what_if

__all__ = ["get_what_if", "list_what_ifs", "replay", "start_what_if", "stop_what_if"]
