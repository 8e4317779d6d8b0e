"""Fetches and verifies resources. Knows origins and digests, not steps."""
