"""A shell script as data: what `shell/parse.py` makes and everything else reads. Data, no behaviour."""

from msgspec import Struct

from lfsmake.model.errors import Span


class Word(Struct, frozen=True, gc=False):
    """One word of a command as written. `value` is what it stands for, None if something in it is expanded."""

    text: str
    span: Span
    value: str | None
    names: tuple[str, ...] = ()  # variables expanded in it
    quoted: bool = False  # in quotes as a whole, so that it stays one word
    commands: tuple[int, ...] = ()  # commands substituted in it: their places in Shell.commands
    start: int = -1  # bytes, as in Command; -1: not of a text
    end: int = -1
    items: tuple["Word", ...] | None = None  # the elements of `(…)`, of an array


class Assignment(Struct, frozen=True, gc=False):
    """`name=value`, exported or not; `value` None for a bare `export name`. `function` is "" outside of any."""

    name: str
    value: Word | None
    span: Span
    exported: bool = False
    appended: bool = False  # +=
    local: bool = False  # local, or before a command only
    function: str = ""
    conditional: bool = False  # in an if, case or loop, after || or after a test and &&
    index: str = ""  # "0" of `name[0]=…`, as written
    start: int = -1  # bytes, as in Command
    end: int = -1
    block: tuple[int, int] = (0, 0)  # the bytes within which it surely holds, if it is conditional
    subshell: bool = False  # it holds nowhere else than in `block`


class Redirect(Struct, frozen=True, gc=False):
    """`operator` is ">", ">>", "<", "<<", "<<<", "&>" …; `target` of a heredoc is its delimiter, `text` its text."""

    operator: str
    target: Word | None
    span: Span
    text: str = ""
    descriptor: str = ""  # "2" of `2>`


class Command(Struct, frozen=True, gc=False):
    """A simple command. `words` starts with its name; offsets are bytes in the UTF-8 text of the script."""

    words: tuple[Word, ...]
    span: Span
    start: int
    end: int
    assignments: tuple[Assignment, ...] = ()  # before it, for it only
    redirects: tuple[Redirect, ...] = ()
    function: str = ""  # in which function it stands
    conditional: bool = False  # in an if, case, loop, or after && or ||
    tested: bool = False  # its failure is looked at: a condition, not the last of && or ||, after !
    loop: bool = False
    subshell: bool = False
    pipeline: int = 0  # number of the pipeline, from 1; 0: alone
    piped: bool = False  # its output goes to another command
    fallback: str = ""  # the command after || that takes its failure: "true", ":" …
    background: bool = False

    @property
    def name(self) -> str:
        """The command's name if it can be told, without folders: "tar"."""
        value = self.words[0].value if self.words else None
        return (value or "").rpartition("/")[2]


class Function(Struct, frozen=True, gc=False):
    """A function's definition; `body` is the text between the braces."""

    name: str
    span: Span
    body: Span
    start: int = -1  # bytes of the definition
    end: int = -1


class Loop(Struct, frozen=True, gc=False):
    """A loop; `words` are what `for` and `select` go through, `start` and `end` the bytes of its body."""

    keyword: str  # for, select, while, until
    variable: str
    words: tuple[Word, ...]
    span: Span
    start: int
    end: int
    function: str = ""


class Shell(Struct, frozen=True, gc=False):
    """A script, read. `sourced`: the words after `.` and `source`. `errors`: where it is no shell.

    `text` has Unix line ends, whatever the file has. A redirect that has no command, or a compound one
    (`{ …; } > file`), is a command without words.
    """

    path: str
    text: str
    interpreter: str  # of the first line: "bash", "sh"; "" without one
    commands: tuple[Command, ...]  # in the order they stand
    assignments: tuple[Assignment, ...]
    functions: tuple[Function, ...]
    sourced: tuple[Word, ...]
    comments: tuple[tuple[int, str], ...]  # line, text without the "#"
    errors: tuple[Span, ...] = ()
    loops: tuple[Loop, ...] = ()
