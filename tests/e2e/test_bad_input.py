"""What a person gets for each mistake in a recipe: the whole message, the exit code, and never a traceback."""

import pytest

CASES = {
    "unknown word": (
        "script a {\n    contxt host\n    install: true\n}\n",
        """\
main.lfs:2:5: error: unknown word "contxt"
      contxt host
      ^^^^^^
expected: a statement of a script such as needs, env or install
hint: did you mean "context"?
""",
    ),
    "missing digest": (
        'package a 1 {\n    source "https://example.org/a.tar.gz"\n    install: true\n}\n',
        """\
main.lfs:2:12: error: a source without a digest
      source "https://example.org/a.tar.gz"
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
expected: sha256, sha512, blake2b or md5 on the next line
hint: a download is used only if its digest is known beforehand: add sha256 and the 64 hex digits
""",
    ),
    "undefined variable": (
        'script a {\n    env X "{{ vershun }}"\n    install: true\n}\n',
        """\
main.lfs:2:11: error: undefined variable "vershun"
      env X "{{ vershun }}"
            ^^^^^^^^^^^^^^^
expected: LFS, LFS_TGT, arch, book, name, origin, tests or version
hint: did you mean "version"?
""",
    ),
    "cycle": (
        "script a {\n    needs build b\n    install: true\n}\n"
        "script b {\n    needs run c\n    install: true\n}\n"
        "script c {\n    needs build a\n    install: true\n}\n",
        """\
main.lfs:2:17: error: steps need each other: a → b → c → a
      needs build b
                  ^
expected: needs without a cycle
hint: a needs b at main.lfs:2:17; b needs c at main.lfs:6:15; c needs a at main.lfs:10:17
""",
    ),
    "unmet version and missing sources": (
        "package glibc 2.34 {\n    install: true\n}\n"
        "script b {\n    needs build glibc >= 2.35\n    install: true\n}\n",
        """\
main.lfs:1:9: error: package glibc has no source
  package glibc 2.34 {
          ^^^^^
expected: source "URL" and its digest, or from RESOURCE
hint: what has no source is a script

main.lfs:5:26: error: glibc 2.34 does not satisfy glibc >= 2.35
      needs build glibc >= 2.35
                           ^^^^
hint: change the need or the version

lfsmake: 2 errors
""",
    ),
    "two of one name": (
        "script a {\n    install: true\n}\nscript a {\n    install: false\n}\n",
        """\
main.lfs:4:8: error: two scripts are called a
  script a {
         ^
hint: the first is at main.lfs:1:8
""",
    ),
    "unknown need": (
        "script gcc {\n    install: true\n}\nscript b {\n    needs build gccc\n    install: true\n}\n",
        """\
main.lfs:5:17: error: unknown step, group or host declaration "gccc"
      needs build gccc
                  ^^^^
expected: gcc or b
hint: did you mean "gcc"?
""",
    ),
    "wrong encoding": (
        b'script a "caf\xe9" {\n    install: true\n}\n',
        """\
main.lfs:1:14: error: byte 0xe9 is not UTF-8
  script a "caf\N{REPLACEMENT CHARACTER}" {
               ^
expected: text in UTF-8
hint: if the file is in Latin-1: iconv -f LATIN1 -t UTF-8 main.lfs > main.lfs.utf8
""",
    ),
    "unclosed block": (
        "script a {\n    install: true\n",
        """\
main.lfs:1:10: error: the block of script a is not closed
  script a {
           ^
expected: a "}" before the end of the file
hint: add a line with "}" where script a ends
""",
    ),
    "conflicting steps": (
        'package a 1 {\n    source "s"\n    conflicts b\n    install: true\n}\nscript b {\n    install: true\n}\n',
        """\
main.lfs:1:9: error: a conflicts with b, and both are needed
  package a 1 {
          ^
hint: `lfsmake why TARGET b` shows what needs it
""",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_whole_message(case, tmp_path, monkeypatch, run):
    text, message = CASES[case]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.lfs").write_bytes(text if isinstance(text, bytes) else text.encode())
    (tmp_path / "s").touch()
    words = ["plan"] if case == "conflicting steps" else ["check"]
    assert run("-f", "main.lfs", *words) == (2, "", message)


def test_a_body_with_nul(tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.lfs").write_bytes(b"script a {\n    install:\n        echo a\0b\n}\n")
    result = run("-f", "main.lfs", "check")
    assert result.code == 2
    assert result.err.startswith("main.lfs:3:15: error: a NUL byte\n")
    assert "\0" not in result.err


def test_a_line_of_ten_megabytes(tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.lfs").write_bytes(b"script a {\n    install: " + b"x" * 10_000_000 + b"\n}\n")
    result = run("-f", "main.lfs", "check")
    assert result.code == 2
    assert result.err.startswith("main.lfs:2:1: error: a line longer than 1,000,000 bytes\n")
    assert len(result.err) < 1000
