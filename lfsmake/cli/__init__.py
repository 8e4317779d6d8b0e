"""Commands: arguments to calls. One file a command, nothing else lives here."""
