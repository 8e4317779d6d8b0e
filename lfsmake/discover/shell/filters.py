"""What small text commands (basename, sed, cut …) print for texts that are known. Runs nothing; None where in doubt."""

import re
from collections.abc import Callable, Sequence

_LONGEST = 400  # characters of a text that a pattern is tried on: none of a script's values is longer
_CLASSES = {
    "[:digit:]": "0-9",
    "[:alpha:]": "a-zA-Z",
    "[:alnum:]": "0-9a-zA-Z",
    "[:space:]": r"\s",
    "[:blank:]": " \t",
    "[:upper:]": "A-Z",
    "[:lower:]": "a-z",
}


def output(name: str, args: Sequence[str], given: str | None) -> str | None:
    """What `name args…` prints, `given` being its standard input. Trailing line ends are kept."""
    command = _COMMANDS.get(name)
    if command is None or (given is not None and len(given) > 100_000):
        return None
    try:
        return command(list(args), given)
    except (ValueError, IndexError, re.error, OverflowError):
        return None


def _echo(args: list[str], given: str | None) -> str | None:
    while args and re.fullmatch(r"-[neE]+", args[0]):
        args.pop(0)
    return " ".join(args) + "\n"


def _printf(args: list[str], given: str | None) -> str | None:
    if not args or args[0].startswith("-"):
        return None
    form, rest = args[0].replace("\\n", "\n"), args[1:]
    if re.sub(r"%[sd%]", "", form).count("%") or form.count("%s") + form.count("%d") < len(rest):
        return None
    values = iter(rest)
    return re.sub(r"%([sd%])", lambda m: "%" if m[1] == "%" else next(values, ""), form)


def _basename(args: list[str], given: str | None) -> str | None:
    suffix = ""
    if args and args[0] in ("-a", "--"):
        args.pop(0)
    if args and args[0] == "-s":
        suffix, args = args[1], args[2:]
    if len(args) == 2:
        suffix = args.pop()
    if len(args) != 1:
        return None
    base = args[0].rstrip("/").rpartition("/")[2]
    return (base[: -len(suffix)] if suffix and base.endswith(suffix) and base != suffix else base) + "\n"


def _dirname(args: list[str], given: str | None) -> str | None:
    args = [arg for arg in args if arg != "--"]
    if len(args) != 1:
        return None
    head, slash, _ = args[0].rstrip("/").rpartition("/")
    return (head.rstrip("/") or ("/" if slash else ".")) + "\n"


def _path(args: list[str], given: str | None) -> str | None:
    """readlink and realpath: in a tree that is only read, a path is its own target."""
    names = [arg for arg in args if not arg.startswith("-")]
    return names[0] + "\n" if len(names) == 1 else None


def _cat(args: list[str], given: str | None) -> str | None:
    return given if not args or args == ["-"] else None


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _head(args: list[str], given: str | None) -> str | None:
    if given is None:
        return None
    text = " ".join(args)
    match = re.fullmatch(r"(?:-n\s*)?-?(\d+)", text) if text else None
    if text and match is None:
        return None
    return "\n".join(_lines(given)[: int(match[1]) if match else 10]) + "\n"


def _tail(args: list[str], given: str | None) -> str | None:
    match = re.fullmatch(r"(?:-n\s*)?-?([1-9]\d*)", " ".join(args))
    return "\n".join(_lines(given)[-int(match[1]) :]) + "\n" if match and given is not None else None


def _cut(args: list[str], given: str | None) -> str | None:
    if given is None:
        return None
    delimiter, wanted, characters = "\t", "", False
    while args:
        arg = args.pop(0)
        for flag in ("-d", "-f", "-c", "--delimiter=", "--fields="):
            if arg.startswith(flag):
                value = arg[len(flag) :] or args.pop(0)
                if flag in ("-d", "--delimiter="):
                    delimiter = value
                else:
                    wanted, characters = value, flag == "-c"
                break
        else:
            return None
    if not re.fullmatch(r"[\d,-]+", wanted):
        return None
    lines = []
    for line in _lines(given):
        parts = list(line) if characters else line.split(delimiter)
        if not characters and len(parts) == 1:
            lines.append(line)
            continue
        kept: list[int] = []
        for piece in wanted.split(","):
            first, dash, last = piece.partition("-")
            start = int(first) if first else 1
            stop = (int(last) if last else len(parts)) if dash else start
            kept += range(start, min(stop, len(parts)) + 1)
        lines.append(("" if characters else delimiter).join(parts[n - 1] for n in sorted(set(kept)) if n <= len(parts)))
    return "\n".join(lines) + "\n"


def _set(text: str) -> str:
    """The characters that an operand of tr stands for."""
    for name, chars in _CLASSES.items():
        text = text.replace(name, chars)
    text = text.replace("\\n", "\n").replace("\\t", "\t")
    return re.sub(r"(.)-(.)", lambda m: "".join(map(chr, range(ord(m[1]), min(ord(m[2]), 0x7F) + 1))), text, flags=re.S)


def _tr(args: list[str], given: str | None) -> str | None:
    if given is None or len(args) != 2:
        return None
    if args[0] == "-d":
        gone = set(_set(args[1]))
        return "".join(char for char in given if char not in gone)
    if args[0].startswith("-"):
        return None
    old, new = _set(args[0]), _set(args[1])
    if not new:
        return None
    new += new[-1] * (len(old) - len(new))
    return given.translate(dict(zip(map(ord, old), new, strict=False)))


def _rev(args: list[str], given: str | None) -> str | None:
    return None if given is None or args else "\n".join(line[::-1] for line in _lines(given)) + "\n"


def _awk(args: list[str], given: str | None) -> str | None:
    """`{print $1}`, `{print $1"."$2}`, `{print $NF}` with or without -F."""
    if given is None:
        return None
    separator: str | None = None
    while args and args[0].startswith("-"):
        flag = args.pop(0)
        if not flag.startswith("-F"):
            return None
        separator = flag[2:] or args.pop(0)
    match = re.fullmatch(r"\{\s*print\s+([^;{}]+?)\s*;?\s*\}", args[0]) if len(args) == 1 else None
    if match is None or (separator is not None and len(separator) != 1 and not re.fullmatch(r"\[.\]", separator)):
        return None
    if separator and len(separator) == 3:
        separator = separator[1]
    tokens = re.findall(r"\$(\d+|NF)|\"([^\"]*)\"|(,)|(\S)", match[1])
    if any(token[3] for token in tokens):
        return None
    lines = []
    for line in _lines(given):
        fields = line.split(separator)
        made = ""
        for field, text, comma, _ in tokens:
            if field:
                number = len(fields) if field == "NF" else int(field)
                made += line if number == 0 else fields[number - 1] if number <= len(fields) else ""
            else:
                made += " " if comma else text
        lines.append(made)
    return "\n".join(lines) + "\n"


def _regex(text: str, extended: bool) -> str | None:
    """A pattern of sed as one of Python's; None if it has what could take for ever or is not the same in both."""
    made = ""
    index = 0
    while index < len(text):
        char = text[index]
        if char == "[":
            end = index + 1
            end += text[end : end + 1] == "^"
            end += text[end : end + 1] == "]"
            while end < len(text) and text[end] != "]":
                close = text.find(":]", end + 2) if text.startswith("[:", end) else -1
                end = close + 2 if close > 0 else end + 1
            if end >= len(text):
                return None
            inner = text[index + 1 : end].replace("\\", "\\\\")
            for name, chars in _CLASSES.items():
                inner = inner.replace(name, chars)
            made += "[" + inner.replace("[", "\\[") + "]"
            index = end + 1
        elif char == "\\" and index + 1 < len(text):
            following = text[index + 1]
            if following in "(){}+?|":
                made += "\\" + following if extended else following
            elif following.isalnum() and following not in "nt123456789":
                return None
            else:
                made += "\\" + following
            index += 2
        else:
            made += "\\" + char if not extended and char in "(){}+?|" else char
            index += 1
    if re.search(r"(?<!\\)\)[*+{]", made) or len(re.findall(r"(?<!\\)[*+]", made)) > 4:
        return None
    return made


def _sed(args: list[str], given: str | None) -> str | None:
    if given is None:
        return None
    extended = False
    scripts: list[str] = []
    while args:
        arg = args.pop(0)
        if arg in ("-E", "-r"):
            extended = True
        elif arg in ("-e", "-re", "-Ee"):
            extended = extended or len(arg) == 3
            scripts.append(args.pop(0))
        elif not arg.startswith("-") and not scripts:
            scripts.append(arg)
        else:
            return None
    lines = _lines(given)
    if any(len(line) > _LONGEST for line in lines) or not scripts:
        return None
    for script in scripts:
        rest = script.strip()
        while rest:
            if rest[0] != "s" or len(rest) < 4:
                return None
            mark = re.escape(rest[1])
            part = rf"((?:\\.|(?!{mark}).)*)"
            match = re.match(rf"s{mark}{part}{mark}{part}{mark}([gi]*)\s*(?:;\s*|$)", rest, re.S)
            if match is None:
                return None
            pattern = _regex(match[1].replace("\\" + rest[1], rest[1]), extended)
            if pattern is None:
                return None
            target = re.sub(r"\\[1-9]|\\.|&|\\", _replacement, match[2].replace("\\" + rest[1], rest[1]), flags=re.S)
            count = 0 if "g" in match[3] else 1
            flags = re.I if "i" in match[3] else 0
            lines = [re.sub(pattern, target, line, count=count, flags=flags) for line in lines]
            rest = rest[match.end() :]
    return "\n".join(lines) + "\n"


def _replacement(match: re.Match[str]) -> str:
    text = match[0]
    if text == "&":
        return r"\g<0>"
    if text[1:].isdigit():
        return rf"\g<{text[1:]}>"
    return {"\\n": "\n", "\\t": "\t"}.get(text, text[1:].replace("\\", "\\\\") or "\\\\")


_COMMANDS: dict[str, Callable[[list[str], str | None], str | None]] = {
    "echo": _echo,
    "printf": _printf,
    "basename": _basename,
    "dirname": _dirname,
    "readlink": _path,
    "realpath": _path,
    "cat": _cat,
    "head": _head,
    "tail": _tail,
    "cut": _cut,
    "tr": _tr,
    "rev": _rev,
    "awk": _awk,
    "gawk": _awk,
    "sed": _sed,
}
