"""Scripts of a tree to recipes: what `lfsmake import` makes. Runs nothing of what it reads, fetches nothing."""
