"""The registry: trees of scripts that a project runs as they are. Builds nothing; what is run, recipes say."""
