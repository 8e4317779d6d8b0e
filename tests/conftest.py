"""What all rooms share: `--hypothesis-profile=thorough` tries properties ten times more often."""

from hypothesis import settings

settings.register_profile("thorough", max_examples=1000, deadline=None, print_blob=True)
