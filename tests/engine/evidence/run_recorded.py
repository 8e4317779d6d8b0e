"""Runs lfsmake without its remedies, and records the scene of every failed phase, a line each in $SCENES."""

import json
import os
import threading
from pathlib import Path

import msgspec

from lfsmake.cli.main import main
from lfsmake.engine import diagnosis, recover
from lfsmake.engine.evidence import gather

_seen = threading.local()
_judge = gather.judge
_evidence = diagnosis._evidence


def judged(scene, found):  # type: ignore[no-untyped-def]
    _seen.scene = scene
    return _judge(scene, found)


def evidence(step, ended, log, work):  # type: ignore[no-untyped-def]
    said = _evidence(step, ended, log, work)
    with Path(os.environ["SCENES"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"step": step.name, **msgspec.to_builtins(_seen.scene)}) + "\n")
    return said


gather.judge = judged
diagnosis._evidence = evidence
recover.remedy = lambda *_, **__: None  # type: ignore[assignment]

if __name__ == "__main__":
    main()
