"""The actions on channels, one file a journey."""

from shangmai.modules.channels.service.listing import map_listing, pause_listing, save_account, save_listings
from shangmai.modules.channels.service.placing import place_mapped
from shangmai.modules.channels.service.taking import note_status, place_order, take_order

__all__ = [
    "map_listing",
    "note_status",
    "pause_listing",
    "place_mapped",
    "place_order",
    "save_account",
    "save_listings",
    "take_order",
]
