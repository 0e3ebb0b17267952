"""A coroutine that runs in its own thread until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Background:
    """An event loop in a thread; its main coroutine is cancelled at the end."""

    def __init__(self, main: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        """Start the thread; return when the loop runs."""
        self._main = main
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = Future()
        self._thread = threading.Thread(target=self._run_loop, name=name, daemon=True)
        self._thread.start()
        self._loop, self._task = self._started.result()

    def _run_loop(self) -> None:
        # The default loop of Windows has no `add_reader`, which the listener needs.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        task = asyncio.create_task(self._main())
        self._started.set_result((asyncio.get_running_loop(), task))
        with contextlib.suppress(asyncio.CancelledError):
            await task

    def ask(self, question: Callable[[], T]) -> T:
        """Call a function in the thread of the loop and return its result."""
        if not self._thread.is_alive() or threading.current_thread() is self._thread:
            return question()
        answer: Future[T] = Future()

        def reply() -> None:
            try:
                answer.set_result(question())
            except BaseException as error:  # noqa: BLE001 - raised in the calling thread
                answer.set_exception(error)

        self._loop.call_soon_threadsafe(reply)
        return answer.result()

    def stop(self) -> None:
        """Cancel the coroutine and wait until the thread ends."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join()
