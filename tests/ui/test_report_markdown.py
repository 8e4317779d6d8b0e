"""Markdown of a run and of two: whole texts, and nothing in them that Markdown would take for its own."""

import re
import time

import pytest
from histories import T, ended, everything, failure, started, step
from test_run_history import record

from lfsmake.ui.comparison import compare
from lfsmake.ui.markdown import block, code, comparison_markdown, plain, run_markdown


@pytest.fixture(autouse=True)
def _utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def test_the_whole_of_a_run():
    assert run_markdown(record(everything())) == """\
# all: failed after 3:20

Run 20261122-100000-000001, begun 2026-11-18 11:06, 1 failed, 1 skipped, 3 built.

|  |  |
| --- | --: |
| took | 3:20 |
| jobs | 4 |
| processor time | 3:46 |
| steps at once | 1.3 |
| processors busy | 50 % |
| memory, at most | 2.0 GB |
| layers | 111 MB |
| one SBU | 1:40 |

## What failed

### app failed in its build phase: exit status 2

- at: `/p/app.lfs:7`
- class: step
- command: `make`
- log: `/logs/app.log`
- changed: the phase build changed

```
gcc -c app.c
app.c:1:10: fatal error: x.h: No such file
```

install what has it

## Critical path

| step | began at | took | why not earlier |
| --- | --: | --: | --- |
| base | 0:04 | 1:40 | waited for base.tar.xz |
| lib | 1:44 | 1:00 | needs base |
| app | 2:44 | 36 s | needs lib |

## Steps

| step | result | took | share | CPU time | memory | layer | SBU | by the book |
| --- | --- | --: | --: | --: | --: | --: | --: | --: |
| base | built | 1:40 | 50 % | 1:40 | 60 MB | 100 MB | 1.00 | 1.00 |
| lib | built | 1:00 | 30 % | 1:00 | 60 MB | 10 MB | 0.60 | 0.50 |
| app | failed | 36 s | 18 % | 36 s | 60 MB | – | – | – |
| tool | built | 30 s | 15 % | 30 s | 60 MB | 1.0 MB | 0.30 | – |

## Tests

| step | tests | passed | skipped | failed as expected | regressions |
| --- | --: | --: | --: | --: | --: |
| lib | 20 | 16 | 1 | 1 | 2 |

Not expected to fail, of lib: `t1`, `t2`

Expected to fail and did not, of lib: `t4`

## Recoveries

- tool: trying again, as the recipe says
- tool: it failed, and passed unchanged
- flaky: `tool`

## Sources fetched

| file | size | from |
| --- | --: | --- |
| base.tar.xz | 5.0 MB | https://example.org/base.tar.xz |
"""


def test_the_whole_of_two_runs():
    graph = {"a": (), "b": ()}
    before = record([
        started(graph, graph=graph), *step("a", T, 10), *step("b", T, 20, fails=(failure("b"), False)),
        ended(T + 20, 1, built=1, failed=1),
    ])  # fmt: skip
    after = record([started(graph, graph=graph), *step("a", T, 40), *step("b", T, 2), ended(T + 40, built=2)])
    assert comparison_markdown(compare(before, after)) == """\
# all: 20261122-100000-000001 and 20261122-100000-000001

|  | before | after | difference |
| --- | --- | --- | --: |
| result | failed (1) | done |  |
| took | 20 s | 40 s | +20 s |
| steps | 1 failed, 1 built | 2 built |  |
| processor time | 30 s | 42 s | +12 s |
| steps at once | 1.5 | 1.1 |  |
| layers | 1.0 MB | 2.0 MB | +1.0 MB |
| jobs | 4 | 4 |  |
| lfsmake | 0.1.0 | 0.1.0 |  |

## Mended

- b failed in its build phase: exit status 2

## Steps

| step | before | after | difference | factor | layer before | after |
| --- | --: | --: | --: | --: | --: | --: |
| a | 10 s | 40 s | +30 s | 4.00 × | 1.0 MB | 1.0 MB |
"""


def test_what_came_from_outside_means_nothing():
    assert plain("a|b\n*c* <d> [e](f) `g` \x1b[2J") == r"a\|b \*c\* \<d\> \[e\](f) \`g\` \\x1b\[2J"
    assert code("a") == "`a`"
    assert code("`a` ``b``") == "``` `a` ``b`` ```"
    assert block(["```", "x\x00"]) == ["````", "```", "x\\x00", "````", ""]


def test_a_long_run_is_cut_and_says_so():
    names = [f"s{at}" for at in range(100)]
    events = [started(names)]
    for name in names:
        events += step(name, T, 5)
    text = run_markdown(record([*events, ended(T + 5)]))
    assert len(re.findall(r"\n\| s\d", text)) == 41  # one of them on the critical path
    assert "\nand 60 more\n" in text
