"""What all rooms' tests share: how thorough properties are tried. `--hypothesis-profile=thorough` tries ten times more."""

from hypothesis import settings

settings.register_profile("thorough", max_examples=1000, deadline=None, print_blob=True)
