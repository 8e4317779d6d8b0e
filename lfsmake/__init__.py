"""lfsmake: Make for a whole Linux system."""

__version__ = "0.1.0"
