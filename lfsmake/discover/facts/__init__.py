"""Facts of a script: what it builds, from what, where, with what. Each says where it is from and how sure it is."""

from lfsmake.discover.facts.needs import linked
from lfsmake.discover.facts.script import of_script
from lfsmake.discover.facts.surroundings import enriched

__all__ = ["enriched", "linked", "of_script"]
