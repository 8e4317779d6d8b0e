"""Makes the parser from the grammar, or from the tables made of it before. Knows no recipe.

Making the tables takes half a second, reading them a tenth of that. They are stored as JSON in the user's own cache
folder; Lark's own cache is not used, because it is unpickled.
"""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
from lark import Lark, Transformer, __version__
from lark.grammar import Rule
from lark.lexer import TerminalDef

from lfsmake.lang.folder import own_folder, write
from lfsmake.lang.shipped import shipped

_OPTIONS = {"parser": "lalr", "lexer": "contextual", "maybe_placeholders": True}


def make_parser(transformer: Transformer[Any, Any], cache_dir: Path | None) -> Lark:
    """The parser of the grammar, filling `transformer`; its tables are kept in `cache_dir` if one is given."""
    grammar = (shipped("grammar") / "lfs.lark").read_text(encoding="utf-8")
    folder = own_folder(cache_dir / "tables") if cache_dir else None
    if folder is None:
        return _from_grammar(grammar, transformer)
    key = hashlib.sha256(f"{__version__}\0{sorted(_OPTIONS.items())}\0{grammar}".encode()).hexdigest()
    entry = folder / key
    parser = _from_tables(entry, transformer)
    if parser is None:
        parser = _from_grammar(grammar, transformer)
        data, memo = parser.memo_serialize([TerminalDef, Rule])
        data["options"] = _OPTIONS | {"start": data["options"]["start"]}
        write(entry, msgspec.json.encode({"data": data, "memo": memo}))
    return parser


def _from_grammar(grammar: str, transformer: Transformer[Any, Any]) -> Lark:
    return Lark(grammar, transformer=transformer, **_OPTIONS)


def _from_tables(entry: Path, transformer: Transformer[Any, Any]) -> Lark | None:
    """The parser of stored tables, None where there are none or they are of no use."""
    try:
        stored = msgspec.json.decode(entry.read_bytes())
        table = stored["data"]["parser"]["parser"]
        # JSON has only strings for keys; Lark numbers its states, tokens and rules
        table["tokens"] = _numbered(table["tokens"])
        table["states"] = {int(state): _numbered(row) for state, row in table["states"].items()}
        memo = _numbered(stored["memo"])
        return Lark._load_from_dict(stored["data"], memo, transformer=transformer)  # type: ignore[no-any-return, no-untyped-call]
    except Exception:  # whatever is wrong with stored tables, the grammar can make them again
        return None


def _numbered(row: dict[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in row.items()}
