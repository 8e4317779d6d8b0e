"""The dashboard: runs in a browser, while they happen and afterwards. Reads events, changes nothing."""
