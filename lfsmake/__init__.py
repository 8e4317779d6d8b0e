"""lfsmake: Make for a whole Linux system."""
