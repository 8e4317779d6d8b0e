"""Namespaces, overlays, processes. Standard library only; knows nothing of recipes."""
