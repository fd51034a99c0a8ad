"""The actions on channels, one file a journey."""

from shangmai.modules.channels.service.listing import map_listing, pause_listing, save_account, save_listings

__all__ = ["map_listing", "pause_listing", "save_account", "save_listings"]
