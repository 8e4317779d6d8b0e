"""`lfsmake book import|check|upgrade|…`: what can be done with a checkout of the book. The work is in other modules."""

from lfsmake.cli.book_check import command as check
from lfsmake.cli.book_diff import command as diff
from lfsmake.cli.book_import import command as import_
from lfsmake.cli.book_show import command as show
from lfsmake.cli.book_upgrade import command as upgrade
from lfsmake.cli.group import Group
from lfsmake.cli.options import Command

ACTIONS: dict[str, tuple[Command, str]] = {
    "import": (import_, "make recipes of a book"),
    "check": (check, "hold the recipes against a book"),
    "upgrade": (upgrade, "carry changes to another book"),
    "diff": (diff, "show what changed from one book to another"),
    "show": (show, "show a book's pages and commands"),
}


command = Group("book", ACTIONS, "Read the XML of the book: make recipes of it, check them against it, follow it.")
