"""Where the files shipped with lfsmake lie: grammar, schemas, recipes. Knows the layouts of a wheel and a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped(kind: str) -> Path:
    """The folder `grammar` or `recipes`: inside the installed package, or at the top of a checkout."""
    installed = _PACKAGE / "data" / kind
    return installed if installed.is_dir() else _PACKAGE.parent / kind
