"""[alerts] of lfsmake.toml: every mistake named at its place, no secret shown, schema and reader of one mind."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest

from lfsmake.lang.alerts import EVENTS, Alerts, Receiver, Secret
from lfsmake.lang.alerts_table import hide_urls, pieces
from lfsmake.lang.config import load_config
from lfsmake.lang.shipped import shipped
from lfsmake.model.errors import RecipeErrors, Span
from lfsmake.ui.problems import render_all
from tests.lang.texts import wrong


def test_everything_it_can_say(toml: Path) -> None:
    toml.write_text(
        "[alerts]\nslow = 3\ndisk_low = '1.5 GB'\nmemory_low = \"200 MB\"\nwait = 5\n\n"
        '[alerts.to.mail]\nurl = "mailtos://me:${PASSWORD}@example.org"\non = ["failure", "end", "end"]\n'
        '[alerts.to.hook]\nurl = "${HOOK}"\n',
        encoding="utf-8",
    )
    assert load_config(toml).alerts == Alerts(
        receivers=(
            Receiver("mail", "mailtos://me:${PASSWORD}@example.org", ("failure", "end"), Span(str(toml), 8, 7, 8, 45)),
            Receiver("hook", "${HOOK}", ("failure", "fixed", "end"), Span(str(toml), 11, 7, 11, 16)),
        ),
        slow=3.0,
        disk_low=3 << 29,
        memory_low=200 << 20,
        wait=5.0,
        folder=str(toml.parent),
    )


def test_without_the_table_nobody_is_told(toml: Path) -> None:
    toml.write_text("", encoding="utf-8")
    assert load_config(toml).alerts == Alerts()


def test_receivers_in_one_line(toml: Path) -> None:
    toml.write_text('[alerts.to]\ndesk = { url = "desktop://", on = ["slow"] }\n', encoding="utf-8")
    (receiver,) = load_config(toml).alerts.receivers
    assert receiver == Receiver("desk", "desktop://", ("slow",), Span(str(toml), 2, 16, 2, 28))


def test_every_mistake_is_named_at_once_and_no_url_is_shown(toml: Path) -> None:
    text = (
        "job = 3\n[alerts]\nslow = 1\ndisk_low = 5\nmemory_low = '5 kg'\nwait = -1\nwaits = 3\n"
        '[alerts.to.a]\nurl = "json://s3cret@example.org\\"/x\\ty"\n'
        '[alerts.to.b]\non = ["failed", "end"]\n'
        '[alerts.to.c]\nurl = "s3cret"\non = []\n'
        '[alerts.to.d]\nurl = "json://example.org/${file:}/${s3cret"\n'
        '[alerts.to.e]\nurl = 3\nulr = "json://s3cret"\n'
        '[alerts.to."f f"]\nurl = "json://s3cret"\n'
    )
    how = 'a URL such as "mailtos://me:${PASSWORD}@example.org", "desktop://", or "${URL}"'
    size = 'a size such as "300 MB"'
    events = "failure, first-failure, fixed, end, slow, low-disk, low-memory or regression"
    none = "the url of receiver"
    assert wrong(toml, text)[1:] == [
        ("3:8-9", "slow cannot be 1", "a number above 1: how many times its expected time a step may take", "",
         "slow = 1"),
        ("4:12-13", "disk_low cannot be 5", 'a size such as "2 GB"', "", "disk_low = 5"),
        ("5:14-20", 'memory_low cannot be "5 kg"', size, "", "memory_low = '5 kg'"),
        ("6:8-10", "wait cannot be -1", "a number of seconds, from 0 to 600", "", "wait = -1"),
        ("7:1-6", 'unknown key "waits" in [alerts]', "to, slow, disk_low, memory_low or wait",
         'did you mean "wait"?', "waits = 3"),
        ("9:7-35", f"{none} a is none", how, "", 'url = "json://*************************"'),
        ("10:2-13", "receiver b has no url", how, "", "[alerts.to.b]"),
        ("11:7-15", 'unknown event "failed"', events, 'did you mean "failure"?', 'on = ["failed", "end"]'),
        ("13:7-15", f"{none} c is none", how, "", 'url = "******"'),
        ("14:6-7", "receiver c: on cannot be []", 'a list such as ["failure", "end"]', "", "on = []"),
        ("16:7-45", f"{none} d has a secret that is none", "${NAME} or ${file:PATH}",
         "a `${` that is none is written %24{", 'url = "json://*****************************"'),
        ("18:7-8", f"{none} e is no string", how, "", "url = 3"),
        ("19:1-4", 'unknown key "ulr" in [alerts.to.e]', "url or on", 'did you mean "url"?',
         'ulr = "json://******"'),
        ("20:2-17", 'a receiver cannot be called "f f"', "letters, digits, - and _, at most 40", "",
         '[alerts.to."f f"]'),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("alerts = 3\n", "alerts is a table"),
        ("[alerts]\nto = []\n", "alerts.to is a table"),
        ('[alerts.to]\na = "json://s3cret"\n', "receiver a is a table"),
        ('[alerts]\nphone = { url = "json://s3cret" }\n', 'unknown key "phone" in [alerts]'),
    ],
)
def test_tables_that_are_none(toml: Path, text: str, message: str) -> None:
    ((_, said, _, _, source),) = wrong(toml, text)
    assert said == message
    assert "s3cret" not in source


def test_a_receiver_outside_of_to_is_explained(toml: Path) -> None:
    ((_, _, _, hint, _),) = wrong(toml, '[alerts.phone]\nurl = "json://s3cret"\n')
    assert hint == "a receiver is a table [alerts.to.phone]"


def test_no_secret_is_shown_by_what_renders_problems(toml: Path) -> None:
    for text in (
        'url = "json://s3cret"\n',
        '[alerts.to.a]\nurl = "json://s3cret\n',
        '[alerts.to.a]\nurl = "json://s3cret" on = 3\n',
        '[alerts.to]\na = { url = "json://s3cret", on = 3, s = 4 }\n',
        '[alerts.to.a]\nurl = ["json://s3cret"]\n',
        'alerts = "json://s3cret"\n',
    ):
        toml.write_text(text, encoding="utf-8")
        with pytest.raises(RecipeErrors) as caught:
            load_config(toml)
        shown = render_all(caught.value.problems, False)
        assert "s3cret" not in shown, shown


def test_a_receiver_does_not_show_its_url() -> None:
    assert repr(Receiver("a", "json://s3cret/x")) == "Receiver('a', 'json://…', ('failure', 'fixed', 'end'))"


def test_a_url_is_hidden_without_moving_what_stands_behind_it() -> None:
    line = 'a = { url = "json://user:pass@example.org/x", on = [] }'
    assert hide_urls(line) == 'a = { url = "json://***********************", on = [] }'


def test_secrets_of_a_url() -> None:
    url = "json://me:${PASS_1}@example.org/${file: ~/a b}/${}$x"
    assert list(pieces(url)) == [
        "json://me:", Secret(name="PASS_1"), "@example.org/", Secret(file="~/a b"), "/${}$x",
    ]  # fmt: skip


RIGHT = [
    "[alerts]\n",
    "[alerts]\nslow = 1.5\nwait = 0\ndisk_low = '0 B'\n",
    "[alerts.to.a]\nurl = '${X}'\n",
    "[alerts.to.a]\nurl = 'x://y'\non = ['end']\n",
]
WRONG = [
    "[alerts]\nslow = true\n",
    "[alerts]\nslow = 1\n",
    "[alerts]\nwait = 601\n",
    "[alerts]\ndisk_low = '-1 GB'\n",
    "[alerts]\nmemory_low = 5\n",
    "[alerts]\nx = 5\n",
    "[alerts.to.a]\n",
    "[alerts.to.a]\nurl = ''\n",
    "[alerts.to.a]\nurl = 'x://y'\non = []\n",
    "[alerts.to.a]\nurl = 'x://y'\non = ['x']\n",
    "[alerts.to.a]\nurl = 'x://y'\nx = 1\n",
    "[alerts.to.'a b']\nurl = 'x://y'\n",
]


@pytest.mark.parametrize("text", [*RIGHT, *WRONG])
def test_the_schema_and_the_reader_agree(toml: Path, text: str) -> None:
    schema = json.loads((shipped("grammar") / "lfsmake.schema.json").read_text(encoding="utf-8"))
    fits = jsonschema.Draft202012Validator(schema).is_valid(tomllib.loads(text))
    toml.write_text(text, encoding="utf-8")
    try:
        load_config(toml)
        read = True
    except RecipeErrors:
        read = False
    assert (fits, read) == (text in RIGHT, text in RIGHT)


def test_the_schema_names_every_event() -> None:
    schema = json.loads((shipped("grammar") / "lfsmake.schema.json").read_text(encoding="utf-8"))
    receiver = schema["properties"]["alerts"]["properties"]["to"]["additionalProperties"]
    assert receiver["properties"]["on"]["items"]["enum"] == list(EVENTS)


def test_the_page_describes_every_event_and_every_key() -> None:
    text = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
    schema = json.loads((shipped("grammar") / "lfsmake.schema.json").read_text(encoding="utf-8"))
    keys = {*schema["properties"]["alerts"]["properties"]} - {"to"}
    described = set(re.findall(r"^\| `([a-z_-]+)` \|", text, flags=re.MULTILINE))
    assert {*EVENTS, *keys, "url", "on"} == described


def test_a_file_without_alerts_does_not_load_their_reader(toml: Path) -> None:
    toml.write_text("jobs = 2\n", encoding="utf-8")
    program = (
        "import sys; from pathlib import Path; from lfsmake.lang.config import load_config\n"
        "load_config(Path(sys.argv[1]))\n"
        "assert 'lfsmake.lang.alerts_table' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, str(toml)], check=True)
