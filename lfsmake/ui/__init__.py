"""What a person sees of a run. Knows events only, never the engine."""
