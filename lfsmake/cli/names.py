"""The names of all commands and of the options they share. Data only."""

# Heading → name → what it does. The module of a command has its name, and so has the function's `command`.
COMMANDS: dict[str, dict[str, str]] = {
    "Build": {
        "build": "build targets, also those named like a command",
        "retry": "build the failed steps of the newest run once more",
        "resume": "go on with the newest run where it ended",
        "fetch": "download and verify the sources of targets",
        "export": "write a target's files to a folder, as one plain tree",
    },
    "Look": {
        "plan": "show what is up to date, to build or waiting, and why",
        "explain": "show what changed: root causes, old and new values",
        "why": "show the chain of needs from one step to another",
        "status": "show the newest run and what is stale",
        "runs": "list the runs that are kept",
        "report": "show a run: times, resources, failures, as text, HTML, …",
        "dash": "show runs in a browser, live and past",
        "log": "print or follow a step's newest log",
        "shell": "enter a step's sandbox, also the one that failed",
        "list": "list groups, packages, scripts and options",
        "show": "show one resolved step, group or option",
    },
    "Bring": {
        "discover": "find the build scripts of a folder: what, which order",
        "import": "make recipes of a folder of build scripts",
        "registry": "run a folder of scripts as they are: add, list, refresh, …",
    },
    "Recipes": {
        "check": "find every problem of recipes, and what shell hides",
        "fmt": "lay out recipes in the standard form",
        "book": "read, compare, import, check and upgrade the LFS book",
        "init": "start a project: lfsmake.toml and recipes to edit",
    },
    "Machine": {
        "doctor": "examine the machine: what a build needs, what to install",
        "alerts": "list who is told of what, or send a test message",
        "store": "collect, verify, measure or locate the store",
        "completion": "print the completion script of a shell",
    },
}
GROUPS = frozenset(("alerts", "book", "registry", "store"))  # these have commands of their own
NAMES = tuple(name for entries in COMMANDS.values() for name in entries)
COMMON_NAMES = frozenset(("files", "directory", "options", "store", "quiet", "verbose", "color"))
