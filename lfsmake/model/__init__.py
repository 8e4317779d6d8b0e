"""Frozen records that every room shares. Data, no behaviour."""
