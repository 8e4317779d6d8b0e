"""Sizes as people write them: "40 GB", "1.5TB". Knows no setting."""

import re

HOW = 'a size such as "40 GB"'
_UNITS = {"B": 0, "KB": 1, "MB": 2, "GB": 3, "TB": 4}
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?(B|[kK]B|MB|GB|TB)")


def parse_size(text: object, kilo: int = 1000) -> int | None:
    """Bytes, each unit `kilo` times the one before; None for what is no size."""
    found = _SIZE.fullmatch(text) if isinstance(text, str) else None
    return int(float(found[1]) * kilo ** _UNITS[found[2].upper()]) if found else None
