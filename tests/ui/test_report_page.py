"""The page of a run: all of it in one file, nothing from outside in it unescaped, bounded whatever the run."""

import re
from html.parser import HTMLParser

import pytest
from histories import RUN, T, ended, everything, failure, started, step
from test_run_history import record

from lfsmake.model import events as say
from lfsmake.model.events import LogError, StepDone, StepFailed, StepStarted
from lfsmake.ui.comparison import compare
from lfsmake.ui.page import comparison_page, run_page

EVIL = "<script>alert(1)</script>\"'&\x1b[31m"


class Page(HTMLParser):
    """The elements of a page, that each is closed, and its text."""

    VOID = frozenset(("meta", "link", "br", "line", "rect", "path"))

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.text += " "
        if tag not in self.VOID or (tag == "rect" and "/>" not in (self.get_starttag_text() or "")):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"
        self.text += " "

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(run_page(record(everything()), program="lfsmake -f my.lfs"))


def test_it_says_everything_of_the_run(page):
    for words in (
        f"lfsmake run {RUN}", "all failed", "exit code 1", "1 failed, 1 skipped, 3 built.",
        "steps built 3 of 5", "processors", "Timeline", "Critical path", "waited for base.tar.xz", "needs lib",
        "Where the time went", "Step by step", "Against the book", "One SBU is 1:40", "Disk", "Tests",
        "lib , not expected to fail: t1 t2", "lib , expected to fail and did not: t4", "Recoveries",
        "Flaky, failed and then passed unchanged: tool", "trying again, as the recipe says", "Warnings",
        "an origin was chosen", "Sources fetched", "https://example.org/base.tar.xz",
        "Skipped, since what they need failed", "app failed in its build phase: exit status 2",
        "app.c:1:10: fatal error: x.h: No such file", "install what has it", "the phase build changed",
        "lfsmake -f my.lfs log app", "lfsmake -f my.lfs shell app --failed",
    ):  # fmt: skip
        assert words.lower() in page.words.lower(), words


def test_nothing_is_loaded_and_nothing_runs(page):
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "img", "iframe", "object", "embed", "form"}
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        for name in ("src", "href", "action", "xlink:href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:")), (tag, attributes)
    policy = next(one["content"] for tag, one in page.tags if one.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert "@import" not in page.rawdata
    assert "url(" not in page.rawdata


def test_it_can_be_read_without_seeing(page):
    assert ("html", {"lang": "en"}) in page.tags
    for tag, attributes in page.tags:
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or attributes.get("aria-label"), attributes
        if tag == "section":
            assert any(one.get("id") == attributes["aria-labelledby"] for _, one in page.tags)
        if attributes.get("role") == "region":
            assert attributes["tabindex"] == "0"
            assert attributes["aria-label"]
    headings = [tag for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == "h1"
    assert headings.count("h1") == 1


def test_names_and_texts_from_outside_are_escaped():
    bad = failure(
        EVIL, message=EVIL, command=EVIL, file=EVIL, log=EVIL, work=EVIL, hint=EVIL, changes=(EVIL,), tried=(EVIL,),
        tail=(EVIL,), phase=EVIL, error=LogError(EVIL, EVIL, EVIL, 1, EVIL, 1, (EVIL,), EVIL),
    )  # fmt: skip
    run = record([
        started((EVIL,), targets=(EVIL,)),
        *step(EVIL, T, 10, phases=((EVIL, 1.0),), fails=(bad, True)),
        *step(EVIL, T + 10, 10, phases=((EVIL, 1.0),), flaky=True),
        say.TestsDone(at=T, step=EVIL, style=EVIL, total=1, passed=0, skipped=0, failures=1, failed=(EVIL,)),
        StepFailed(at=T + 20, step=EVIL, failure=bad),
        ended(T + 20, 1, failed=1),
    ])  # fmt: skip
    for html in (run_page(run, program=EVIL), comparison_page(compare(run, run))):
        read = Page(html)
        assert "script" not in {tag for tag, _ in read.tags}
        assert "<script>alert(1)</script>" in read.text
        assert "\x1b" not in read.text


def test_ten_thousand_steps_stay_a_page():
    names = [f"s{at}" for at in range(10_000)]
    events = [started(names)]
    for at, name in enumerate(names):
        events += [
            StepStarted(at=T + at, step=name, key="k", reason="", log=""),
            StepDone(at=T + at + 1, step=name, outcome="built", key="k", layer="l", wall=1.0, size=1000),
        ]
    html = run_page(record([*events, ended(T + 10_000, built=10_000)]))
    assert len(html) < 1_000_000
    read = Page(html)
    assert "9,850 shorter steps left out" in read.words
    assert "and 9,800 shorter steps, together 2:43:20" in read.words


@pytest.mark.parametrize(
    "events",
    [
        [started(())],
        [started(("a",))],
        [started(("a",)), ended(T)],
        [StepStarted(at=T, step="a", key="k", reason="", log="")],
        [started(("a",), at=1e300), *step("a", -1e300, 1e9)],
        [started(("a",)), *step("a", T + 5, -10), ended(T - 5)],
        [*step("a", T, 0.0), *step("a", T, 0.0)],
    ],
    ids=["nothing", "not started", "no time", "no first event", "no such time", "backwards", "at once"],
)
def test_a_run_that_hardly_is_one_has_a_page(events):
    for live in (False, True):
        run = record(events, live=live)
        Page(run_page(run))
        Page(comparison_page(compare(run, run)))


def test_two_runs_beside_each_other():
    graph = {"a": (), "b": (), "c": (), "new": ()}
    before = record([
        started(graph, graph=graph), *step("a", T, 10), *step("b", T, 20),
        *step("c", T, 5, fails=(failure("c"), False)), ended(T + 20, 1, failed=1, built=2),
    ])  # fmt: skip
    after = record([
        started(graph, graph=graph), *step("a", T, 40, size=5_000_000), *step("b", T, 20, fails=(failure("b"), False)),
        *step("c", T, 5), *step("new", T, 1), ended(T + 40, 1, failed=1, built=3),
    ])  # fmt: skip
    both = compare(before, after)
    assert [(one.step, one.difference, one.factor) for one in both.steps] == [
        ("a", 30.0, 4.0), ("b", None, None), ("c", None, None), ("new", None, None),
    ]  # fmt: skip
    assert [one.step for one in both.failures_new] == ["b"]
    assert [one.step for one in both.failures_mended] == ["c"]
    read = Page(comparison_page(both))
    for words in ("New failures", "b failed in its build phase", "Mended", "+30 s", "4.00 ×", "did not run"):
        assert words in read.words, words


def test_what_was_not_come_to_is_not_called_mended():
    graph = {"a": (), "b": ("a",)}
    before = record([
        started(graph, graph=graph), *step("a", T, 1), *step("b", T + 1, 1, fails=(failure("b"), False)), ended(T + 2),
    ])  # fmt: skip
    after = record([
        started(graph, graph=graph), *step("a", T, 1, fails=(failure("a"), False)), ended(T + 1, 1, failed=1)
    ])
    both = compare(before, after)
    assert [one.step for one in both.failures_lost] == ["b"]
    assert not both.failures_mended
