"""Brings what people have: trees of scripts and the book, read, judged, registered, made into recipes. Runs nothing."""
