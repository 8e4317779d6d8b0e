"""The books that go with a tree, by versions; what differs is named with both."""

from lfsmake.discover.books import known, match
from lfsmake.discover.model import Fact, Script
from lfsmake.model.errors import Span

BOOKS = {
    "9.1": {"gcc": "9.2.0", "bash": "5.0", "m4": "1.4.18", "sed": "4.8", "xz": "5.2.4"},
    "10.0": {"gcc": "10.2.0", "bash": "5.0", "m4": "1.4.18", "sed": "4.8", "xz": "5.2.5"},
    "10.1": {"gcc": "10.2.0", "bash": "5.1", "m4": "1.4.18", "sed": "4.8", "xz": "5.2.5"},
}


def scripts(**versions: str) -> list[Script]:
    return [
        Script(id=name, path=name, span=Span(name, 1, 1), role="build", why="-", convention="-",
               name=Fact(name, "-"), version=Fact(version, "-"))
        for name, version in versions.items()
    ]  # fmt: skip


def test_most_versions_the_same_is_the_best() -> None:
    found = match(scripts(gcc="10.2.0", bash="5.0", m4="1.4.18", sed="v4.8", other="1"), BOOKS)
    assert [(one.book, one.same, one.differ) for one in found] == [
        ("10.0", 4, ()),
        ("10.1", 3, (("bash", "5.0", "5.1"),)),
        ("9.1", 3, (("gcc", "10.2.0", "9.2.0"),)),
    ]


def test_two_packages_are_too_few_to_name_a_book() -> None:
    assert match(scripts(gcc="10.2.0", bash="5.0"), BOOKS) == ()


def test_a_package_built_twice_in_two_versions_is_both() -> None:
    twice = [*scripts(gcc="9.2.0", bash="5.0", m4="1.4.18", sed="4.8"), *scripts(gcc="10.2.0")]
    assert match(twice, BOOKS)[0].differ == ()
    assert match([*twice, *scripts(xz="5.0"), *scripts(xz="4.9")], BOOKS)[0].differ == (
        ("xz", "4.9 5.0", "5.2.5"),
    )


def test_the_table_that_comes_along() -> None:
    assert next(iter(known())) == "7.0"
    assert known()["12.3"]["binutils"] == "2.44"
    packages = {name: version for name, version in known()["11.2"].items() if name.isidentifier()}
    best = match(scripts(**packages))[0]
    assert (best.book, best.differ) == ("11.2", ())
