"""Plan, schedule, execute. Knows what a step is; not how it looks on a screen."""
