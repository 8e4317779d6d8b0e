"""Facts of a script: what it builds, from what, where, with what. Each says where it is from and how sure it is."""

from lfsmake.discover.facts.script import of_script

__all__ = ["of_script"]
