"""Carriers' and aggregators' own systems, each by its own protocol behind one port."""
