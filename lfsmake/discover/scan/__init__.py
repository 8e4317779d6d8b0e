"""Finds the scripts of a tree: walks it, tells kinds of files, parts of scripts, who calls whom. Reads, never runs."""
