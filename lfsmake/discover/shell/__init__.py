"""Shell scripts as data: commands, words, functions, and the values that can be told without running anything."""
