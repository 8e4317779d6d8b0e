"""What all rooms share: `--hypothesis-profile=thorough` tries properties 25 times more often."""

import signal

from hypothesis import HealthCheck, settings

# A shell without job control has what it starts in the background ignore Ctrl-C, and all that it starts in turn.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # under nohup: what is started would ignore it, too
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# A busy machine is no failure: nothing is timed.
settings.register_profile("usual", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("usual"), max_examples=1000, print_blob=True)
settings.load_profile("usual")
