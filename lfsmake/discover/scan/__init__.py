"""Finds the scripts of a tree: kinds of files, parts of scripts, who calls whom. Reads, never runs."""
