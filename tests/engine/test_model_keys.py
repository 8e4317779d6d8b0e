"""Keys, tried on random steps: equal exactly where their parts are, and a difference always has a name."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.engine.key import differences, key_digest, key_parts
from lfsmake.model.plan import CacheKey

WORDS = st.text("ab\0\n\"', ->", max_size=4)
PAIRS = st.dictionaries(WORDS, WORDS, max_size=3).map(lambda pairs: tuple(pairs.items()))
NAMED = {"phases", "env", "facts", "sources", "fixups", "patches", "files", "layers", "host"}
KEYS = st.builds(
    CacheKey,
    schema=st.integers(1, 2),
    executor=st.integers(1, 2),
    **dict.fromkeys(("context", "user", "workdir", "sandbox"), WORDS),
    **dict.fromkeys(sorted(NAMED), PAIRS),
)


@given(KEYS, KEYS)
def test_keys_are_equal_where_all_parts_but_the_names_of_layers_are(one: CacheKey, other: CacheKey) -> None:
    def counted(key: CacheKey) -> list[object]:
        return [
            [layer for _, layer in key.layers] if field == "layers" else getattr(key, field)
            for field in key.__struct_fields__
        ]

    assert (key_digest(one) == key_digest(other)) == (counted(one) == counted(other))


@given(KEYS, st.data())
def test_a_part_that_changes_is_named_with_both_values(key: CacheKey, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(key.__struct_fields__))
    strategy = PAIRS if field in NAMED else st.integers(1, 3) if field in ("schema", "executor") else WORDS
    value = data.draw(strategy)
    changed = msgspec.structs.replace(key, **{field: value})
    found = differences(key_parts(key), key_parts(changed))
    assert bool(found) == (changed != key)
    assert all(reason.kind == "changed" and reason.field == field for reason in found)
    before, after = key_parts(key)[field], key_parts(changed)[field]
    for reason in found:
        if before != after:
            assert before.get(reason.name, "") == reason.old
            assert after.get(reason.name, "") == reason.new


@given(KEYS)
def test_a_key_does_not_differ_from_itself_when_it_was_kept(key: CacheKey) -> None:
    kept = msgspec.json.decode(msgspec.json.encode(key_parts(key)), type=dict[str, dict[str, str]])
    assert differences(kept, key_parts(key)) == ()
