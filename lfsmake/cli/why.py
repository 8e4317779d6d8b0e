"""`lfsmake why A B`: the chain of needs from one step to another."""

from lfsmake.cli.options import Settings, declare, step_argument
from lfsmake.cli.output import emit, emit_json
from lfsmake.model.errors import EXIT_OK, EXIT_STEP

_SHAPE = """
`{"version": 1, "chain": [{"step": "gcc-pass1", "scope": "build", "needs": "binutils-pass1"}, …]}`; an empty chain if
there is none.
"""


@declare(
    "why",
    step_argument("above", "A"),
    step_argument("below", "B"),
    examples=(("lfsmake why libstdc++ glibc", "what makes libstdc++ need glibc"),),
    json=_SHAPE,
)
def command(settings: Settings, above: str, below: str) -> int:
    """Show the shortest chain of needs from A to B. Exits with 1 if A does not need B."""
    from lfsmake.cli.opened import opened

    with opened(settings) as session:
        chain = session.why(above, below)
    if settings.json:
        links = [{"step": step, "scope": scope, "needs": need} for step, scope, need in chain]
        emit_json({"version": 1, "chain": links})
    elif not chain:
        emit(f"{above} does not need {below}")
    for step, scope, need in chain if not settings.json else ():
        emit(f"{step} needs {need} ({scope})")
    return EXIT_OK if chain else EXIT_STEP
