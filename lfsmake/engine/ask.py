"""Asks what to do about failed steps, one after the other, while the others run on. Knows no terminal and no state."""

import queue
import threading
from collections.abc import Callable
from typing import Literal, Protocol, Self

from lfsmake.engine.messages import Answer
from lfsmake.model.events import Failure

Word = Literal["continue", "retry", "quit"]


class Ask(Protocol):
    """Somebody who can be asked. The call blocks until there is an answer."""

    def __call__(self, step: str, failure: Failure, /) -> Word:
        """What is to become of the failed step, and of the run."""

    def cancel(self) -> None:
        """From another thread: no answer is wanted any more. A call that blocks returns soon, with any word."""


class Asker:
    """A thread that puts the questions, and posts an `Answer` for each. After "quit" nothing is asked any more."""

    def __init__(self, ask: Ask | None, post: Callable[[Answer], None]) -> None:
        self._ask = ask
        self._post = post
        self._questions: queue.SimpleQueue[tuple[str, Failure] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._loop, name="asker", daemon=True)
        self._over = threading.Event()

    def __enter__(self) -> Self:
        if self._ask is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, step: str, failure: Failure) -> None:
        """Returns at once; the answer comes as a message."""
        self._questions.put((step, failure))

    def close(self) -> None:
        """Ends the thread, also one that waits for an answer; may be called twice."""
        self._over.set()
        if self._ask is not None and self._thread.is_alive():
            self._questions.put(None)
            self._ask.cancel()
            self._thread.join()

    def _loop(self) -> None:
        assert self._ask is not None  # noqa: S101 - or the thread is not started
        while (question := self._questions.get()) is not None and not self._over.is_set():
            step, failure = question
            word: Word = "quit"  # also when there is nobody any more who could answer
            try:
                word = self._ask(step, failure)
            finally:
                self._post(Answer(step, word))
            if word == "quit":
                return
