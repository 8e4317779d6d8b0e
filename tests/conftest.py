"""What all rooms share: `--hypothesis-profile=thorough` tries properties ten times more often."""

from hypothesis import HealthCheck, settings

# A busy machine is no failure: nothing is timed.
settings.register_profile("usual", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("usual"), max_examples=1000, print_blob=True)
settings.load_profile("usual")
