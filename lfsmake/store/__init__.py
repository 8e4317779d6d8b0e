"""Layers, traces, locks. Knows bytes and keys, not how they were made."""
