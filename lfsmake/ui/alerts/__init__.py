"""Tells people what happens in a run they do not watch. Sees events only; no receiver can slow or fail a run."""
