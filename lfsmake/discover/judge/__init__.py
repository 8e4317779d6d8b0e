"""Judges the shell of scripts and recipes: what fails, hurts or hides something. Runs nothing of what it judges."""
