"""Cache keys change only on purpose: these digests are written down, and a change here makes every store stale."""

from lfsmake.engine.key import check_digest, differences, facts_used, key_digest, key_parts, make_key
from lfsmake.model.errors import Span
from lfsmake.model.step import Body, Digest, File, KnownFailure, Origin, Patch, Phase, Resource, Step

PLACE = Span("zlib.lfs", 3, 1)


def resource(name: str) -> Resource:
    origin = Origin(f"https://example.org/{name}", (Digest("sha256", "00" * 32),), PLACE)
    return Resource(name, "1.3.1", name, (origin,), PLACE)


def zlib(**changes: object) -> Step:
    fields: dict[str, object] = {
        "name": "zlib",
        "kind": "package",
        "version": "1.3.1",
        "title": "Zlib",
        "context": "target",
        "user": "root",
        "workdir": "",
        "phases": (
            Phase("configure", (Body("./configure --prefix=/usr", PLACE),)),
            Phase("build", (Body("make", PLACE),)),
            Phase("check", (Body("make check", PLACE),)),
            Phase("install", (Body("make install", PLACE), Body("rm -fv /usr/lib/libz.a # $version", PLACE))),
        ),
        "span": PLACE,
        "env": (("LC_ALL", "POSIX"),),
        "facts": (("name", "zlib"), ("version", "1.3.1")),
        "source": resource("zlib-1.3.1.tar.gz"),
        "patches": (Patch(resource("zlib.patch")),),
        "files": (File("/etc/zlib", "hello\n", "0644", PLACE),),
    }
    return Step(**{**fields, **changes})  # type: ignore[arg-type]


DIGESTS = {"zlib-1.3.1.tar.gz": ("aa" * 32, Body("rm -r doc", PLACE)), "zlib.patch": ("bb" * 32, None)}


def key(step: Step, **changes: object):
    given: dict[str, object] = {
        "digests": DIGESTS,
        "layers": [("bash", "cc" * 32), ("gcc", "dd" * 32)],
        "host": [("gcc", "gcc 12.2.0")],
        "sandbox": "strict",
    }
    return make_key(step, **{**given, **changes})  # type: ignore[arg-type]


def test_golden_key_of_a_package() -> None:
    assert key_digest(key(zlib())) == "d613459e0544fca2f8218d2a0dfbe959e5e869f601183aae7e715439f6d6655c"


def test_golden_key_of_a_step_in_the_host_context() -> None:
    assert key_digest(key(zlib(context="host"))) == "7fa4da3e88040d970b3f70de8766d68a7698c08f60ddb14c0a4816ce4bfd7712"


def test_golden_key_of_an_empty_script() -> None:
    step = zlib(name="nothing", kind="script", version="", phases=(), source=None, patches=(), files=(), env=())
    assert (
        key_digest(key(step, digests={}, layers=[], host=[]))
        == "647722e301ab101801cc5795106898bf1f1cccf31d6e50da1391f73f6a7d011d"
    )


def test_what_is_not_part_of_the_key() -> None:
    same = key_digest(key(zlib()))
    elsewhere = Span("other.lfs", 99, 7)
    phases = tuple(Phase(p.name, tuple(Body(b.text, elsewhere) for b in p.bodies)) for p in zlib().phases)
    for changes in (
        {"title": "Another title"},
        {"span": elsewhere},
        {"phases": phases},
        {"phases": tuple(p for p in phases if p.name != "check")},
        {"retry": 3},
        {"tests": "critical"},
        {"facts": (("init", "systemd"), *zlib().facts)},
    ):
        assert key_digest(key(zlib(**changes))) == same, changes
    assert key_digest(key(zlib(), host=[("gcc", "gcc 13")])) == same, "the target context sees no host"
    renamed = [("bash-renamed", "cc" * 32), ("gcc", "dd" * 32)]
    assert key_digest(key(zlib(), layers=renamed)) == same, "a layer counts by what it holds"


def test_every_other_part_changes_the_key() -> None:
    same = key_digest(key(zlib()))
    changed = [
        key(zlib(context="host")),
        key(zlib(user="lfs")),
        key(zlib(workdir="build")),
        key(zlib(phases=zlib().phases[:-1])),
        key(zlib(env=(("LC_ALL", "C"),))),
        key(zlib(facts=(("version", "1.3.2"),))),
        key(zlib(files=(File("/etc/zlib", "hello\n", "0600", PLACE),))),
        key(zlib(files=(File("/etc/zlib", "bye\n", "0644", PLACE),))),
        key(zlib(patches=(Patch(resource("zlib.patch"), strip=0),))),
        key(zlib(), digests={**DIGESTS, "zlib.patch": ("ee" * 32, None)}),
        key(zlib(), digests={**DIGESTS, "zlib-1.3.1.tar.gz": ("aa" * 32, None)}),
        key(zlib(), layers=[("gcc", "dd" * 32), ("bash", "cc" * 32)]),
        key(zlib(), sandbox="none"),
    ]
    digests = {key_digest(one) for one in changed}
    assert same not in digests
    assert len(digests) == len(changed)


def test_a_difference_names_the_part_with_its_old_and_new_value() -> None:
    before = key_parts(key(zlib()))
    after = key_parts(key(zlib(env=(("LC_ALL", "C"),)), layers=[("bash", "cc" * 32), ("gcc", "ee" * 32)]))
    found = [(r.text, r.field, r.name, r.old[:4], r.new[:4]) for r in differences(before, after)]
    assert found == [
        ("env LC_ALL changed", "env", "LC_ALL", "POSI", "C"),
        ("the layer of gcc changed", "layers", "gcc", "dddd", "eeee"),
    ]


def test_a_body_that_expands_a_name_it_computes_may_use_every_fact() -> None:
    body = Phase("build", (Body('which=version; echo "${!which}"', PLACE),))
    assert facts_used(zlib(phases=(body,))) == zlib().facts
    plain = Phase("build", (Body("echo $version", PLACE),))
    assert facts_used(zlib(phases=(plain,))) == (("version", "1.3.1"),)


CHECKED = "78fd0db6ec0366d4a9ff62687a457f70da80fd85d502efe0736035aeda9447d0"


def test_golden_digest_of_a_check() -> None:
    assert check_digest(zlib(check=True)) == CHECKED


def test_a_known_failure_is_part_of_the_check_and_not_of_the_key() -> None:
    known = zlib(check=True, fails=(KnownFailure("a"), KnownFailure("b*", "it is slow")))
    assert key_digest(key(known)) == key_digest(key(zlib(check=True)))
    assert check_digest(known) != CHECKED
    again = zlib(check=True, fails=(KnownFailure("b*"), KnownFailure("a", "for another reason")))
    assert check_digest(again) == check_digest(known)
    assert check_digest(zlib(check=True, fails=(KnownFailure("a"),))) != check_digest(known)
