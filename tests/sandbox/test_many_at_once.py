"""Sandboxes started from many threads at a time do not meet."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from lfsmake.sandbox import start


def test_sandboxes_of_many_threads_do_not_meet(me):
    me.spec("true")
    before = sorted(os.listdir("/proc/self/fd"))

    def run(number):
        folders = {name: str(me.mkdir(f"{number}/{name}")) for name in ("upper", "work")}
        ended = start(me.spec(f"echo {number} >mine; ls | wc -l >>mine; exit {number}", **folders)).wait()
        return ended.status, (me.folder / f"{number}/upper/mine").read_text()

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(run, range(24)))
    assert results == [(number, f"{number}\n2\n") for number in range(24)]
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_one_may_be_waited_for_and_killed_by_different_threads(me):
    process = start(me.spec("exec sleep 1000"))
    ended = []
    waiters = [threading.Thread(target=lambda: ended.append(process.wait().status)) for _ in range(4)]
    for waiter in waiters:
        waiter.start()
    process.kill()
    for waiter in waiters:
        waiter.join()
    assert ended == [-9] * 4
