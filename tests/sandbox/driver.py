"""Runs one sandbox as whoever runs this: JSON request on standard input, JSON result on standard output."""

import json
import os
import sys
import tempfile

from lfsmake.model.errors import SandboxError
from lfsmake.sandbox import Bind, Spec, Ways, start


def run(request: dict) -> dict:
    """Run the request's spec under its ways; the result has the exit and the output, or the error."""
    words = dict(request["spec"])
    words["binds"] = tuple(Bind(*bind) for bind in words["binds"])
    words["env"] = tuple((name, value) for name, value in words["env"])
    for name in ("lowers", "mountpoints", "argv", "pass_fds"):
        words[name] = tuple(words[name])
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            process = start(Spec(**words), stdout=out.fileno(), stderr=err.fileno(), ways=Ways(**request["ways"]))
        except SandboxError as error:
            return {"error": str(error), "hint": error.hint}
        ended = process.wait()
        out.seek(0)
        err.seek(0)
        return {
            "status": ended.status,
            "user": ended.user,
            "system": ended.system,
            "rss": ended.rss,
            "out": os.fsdecode(out.read()),
            "err": os.fsdecode(err.read()),
        }


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
