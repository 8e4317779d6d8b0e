"""What a word of a script says by itself: quotes and backslashes taken off. Knows no variables and no values."""

import re

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
_ANSI = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|.)", re.S)
_BRACES = re.compile(r"\{[^{}\s]*(?:,|\.\.)[^{}\s]*\}")
GLOB = re.compile(r"[*?]|\[[^\]\s]")


def bare(text: str) -> str | None:
    """What an unquoted word stands for; None if it names files (`*.patch`, `~/x`) or several words (`{a,b}`)."""
    if "\\" in text:
        plain = re.sub(r"\\(.)", "_", text, flags=re.S)
        value = re.sub(r"\\(.)", lambda m: "" if m[1] == "\n" else m[1], text, flags=re.S)
    else:
        plain = value = text
    if plain.startswith("~") or ("{" in plain and _BRACES.search(plain)) or GLOB.search(plain):
        return None
    return value


def double(text: str) -> str:
    """What stands between double quotes, if nothing in it is expanded."""
    return re.sub(r'\\(\n|["\\$`])', lambda m: "" if m[1] == "\n" else m[1], text) if "\\" in text else text


def _ansi(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    if code[0] in "01234567":
        return chr(int(code, 8) & 0xFF)
    return _ESCAPES.get(code, code)


def ansi(text: str) -> str:
    """What stands between `$'` and `'`."""
    return _ANSI.sub(_ansi, text)
