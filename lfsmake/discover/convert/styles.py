"""Styles: how packages are usually built, and whether a package's phases are exactly that. Knows no recipe."""

import re
from collections.abc import Mapping, Sequence

# As shipped; the text of `styles.lfs` is made of it.
STYLES: Mapping[str, Mapping[str, str]] = {
    "autotools": {
        "configure": "./configure --prefix=/usr",
        "build": "make",
        "check": "make check",
        "install": "make install",
    },
    "cross": {
        "configure": "./configure --prefix=/usr --host=$LFS_TGT --build=$(sh $guess)",
        "build": "make",
        "install": "make DESTDIR=$LFS install",
    },
    "meson": {
        "configure": "meson setup --prefix=/usr --buildtype=release ..",
        "build": "ninja",
        "check": "ninja test",
        "install": "ninja install",
    },
    "perl": {
        "configure": "perl Makefile.PL",
        "build": "make",
        "check": "make test",
        "install": "make install",
    },
    "python": {
        "build": 'pip3 wheel -w dist --no-cache-dir --no-build-isolation --no-deps "$PWD"',
        "install": 'pip3 install --no-index --find-links dist "$name"',
    },
    "make": {"build": "make", "install": "make PREFIX=/usr install"},
}
_GUESS = re.compile(r"--build=\$\((?:sh )?(?:\./)?(?:build-aux/|config/|support/)?config\.guess\)")


def style_of(
    bodies: Sequence[tuple[str, str]], workdir: str, context: str
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """(style, phases it gives, phases it has and the package has not), ("", (), ()) where none fits.

    A style fits if what the package has of `build` and `install` is exactly the style's, and its `configure` too or
    at least one of the package's own.
    """
    have = {phase: _plain(text) for phase, text in bodies}
    best: tuple[int, str, tuple[str, ...], tuple[str, ...]] = (0, "", (), ())
    for name, phases in STYLES.items():
        if (name == "cross") != (context == "host") or (name == "meson") != (workdir == "build" and name == "meson"):
            continue
        same = tuple(phase for phase, text in phases.items() if have.get(phase) == _plain(text))
        absent = tuple(phase for phase in phases if phase not in have)
        if "install" not in same or (name != "python" and "build" not in same) or "install" in absent:
            continue
        score = len(same) * 2 - len(absent)
        if score > best[0]:
            best = (score, name, same, absent)
    return best[1:]


def _plain(text: str) -> str:
    """A text without what makes no difference: breaks, blanks, quotes around plain words, another order of options."""
    text = _GUESS.sub(
        "--build=$(sh $guess)", re.sub(r"\\\n", " ", text).replace('"$LFS_TGT"', "$LFS_TGT").replace('"$LFS"', "$LFS")
    )
    text = re.sub(r'"(\$\(sh \$guess\))"', r"\1", text)
    text = re.sub(
        r'--build="?\$\((?:sh )?(?:\./)?(?:build-aux/|config/|support/)?config\.guess\)"?', "--build=$(sh $guess)", text
    )
    lines = []
    for line in text.split("\n"):
        words = line.split()
        head = next((number for number, word in enumerate(words) if word.startswith("-")), len(words))
        if (
            words
            and words[0].endswith("configure")
            and all(word.startswith("--") or word in ("$guess)",) for word in words[head:])
        ):
            lines.append(
                " ".join([*words[:head], *sorted(" ".join(words[head:]).replace(" $guess)", "\0").split())]).replace(
                    "\0", " $guess)"
                )
            )
        else:
            lines.append(" ".join(words))
    return "\n".join(line for line in lines if line and not line.startswith("#"))
