"""Reads the results of tests out of what a check phase printed. Knows forms of output, no steps and no recipes."""
