"""Time and disk that a script says it takes, in its comments, its output or its sidecar."""

import re

from lfsmake.discover.facts.lines import Lines
from lfsmake.discover.facts.sidecar import Sidecar
from lfsmake.discover.model import Fact

_NUMBER = r"(\d{1,4}(?:[.,]\d{1,3})?)"
_SBU = (
    re.compile(rf"(?:less than |about |~|approx\w*\.? )?{_NUMBER}\s*SBUs?\b", re.IGNORECASE),
    re.compile(rf"\bSBUs?\s*[:=]?\s*\(?{_NUMBER}\b", re.IGNORECASE),
)
_DISK = (
    re.compile(rf"(?:disk|space|size)[^\d\n]{{0,30}}{_NUMBER}\s*([KMG])i?B?\b", re.IGNORECASE),
    re.compile(rf"{_NUMBER}\s*([KMG])i?B\b[^\n]{{0,20}}(?:disk|space)", re.IGNORECASE),
    re.compile(rf"(?:SBUs?|time)\b.{{0,60}}?{_NUMBER}\s*([MG])i?B\b", re.IGNORECASE),
)
_UNITS = {"K": 1 / 1024, "M": 1.0, "G": 1024.0}


def costs_of(lines: Lines, sidecar: Sidecar | None) -> tuple[Fact | None, Fact | None]:
    """SBU and MB."""
    sbu = disk = None
    if sidecar is not None:
        value = sidecar.get("sbu", "build_time", "buildtime", "time")
        match = re.match(rf"{_NUMBER}\s*(?:SBU)?s?$", value, re.IGNORECASE)
        sbu = Fact(match[1].replace(",", "."), sidecar.path) if match else None
        value = sidecar.get("disk", "disk_space", "diskspace", "space", "required_disk_space")
        match = re.match(rf"{_NUMBER}\s*([KMG])?i?B?$", value, re.IGNORECASE)
        disk = Fact(_megabytes(match[1], match[2] or "M"), sidecar.path) if match else None
    for number, text in lines.texts()[:120]:
        source = f"the text in line {number}"
        if sbu is None and "sbu" in text.lower():
            found = next((one for pattern in _SBU if (one := pattern.search(text))), None)
            sbu = Fact(found[1].replace(",", "."), source, "sure") if found else None
        if disk is None and re.search(r"disk|space|SBU", text, re.IGNORECASE):
            found = next((one for pattern in _DISK if (one := pattern.search(text))), None)
            disk = Fact(_megabytes(found[1], found[2]), source, "sure") if found else None
    return sbu, disk


def _megabytes(number: str, unit: str) -> str:
    return f"{float(number.replace(',', '.')) * _UNITS[unit.upper()]:g}"
