"""The recipe language: text to nodes to model. Touches no store and runs nothing."""
