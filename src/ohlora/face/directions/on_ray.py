"""The engine of `sampling` that works in other processes, on this machine or on several, through Ray (extra: `ray`).

A worker loads the generator itself and is refused if it does not draw exactly what this process draws, so rows are the
same as the local engine's. A worker that dies is started anew and its chunk done again. Nothing is reported to anybody: Ray's usage statistics are off.

On several machines: start Ray there, set RAY_ADDRESS here, and have Oh-LoRA with its models installed on each.
"""

import importlib.util
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Self

from ohlora.errors import InputError, MissingError
from ohlora.face.directions.measuring import Chunk, Job, Measured, Team, cores
from ohlora.face.source import Source

_RETRIES = 3


class Workers:
    """Ray workers, each with its share of this machine's threads. Use as a context manager.

    Args:
        source: what they load.
        here: fingerprint of the weights, and of the pictures as this process draws them.
        workers: how many; one a core by default.

    Raises:
        MissingError: Ray is not installed.
        InputError: RAY_ADDRESS does not answer.
    """

    def __init__(self, source: Source, job: Job, here: tuple[str, str], workers: int | None = None) -> None:
        if importlib.util.find_spec("ray") is None:
            raise MissingError(
                "--engine ray needs Ray, which is not installed; run: pip install 'ohlora[ray]'",
                "--engine ray에는 Ray가 필요하지만 설치되어 있지 않습니다. 실행하세요: pip install 'ohlora[ray]'",
            )
        # Before the import, which reads them.
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        import ray

        self._ray = ray
        if source.bundle is not None:
            source = replace(source, bundle=source.bundle.resolve())  # a worker starts in another folder
        count = workers or cores()
        threads = max(1, cores() // count)
        address = os.environ.get("RAY_ADDRESS")
        quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
        try:
            if address:
                ray.init(address=address, **quiet)
            else:
                # Busy cores answer late; that does not make this machine dead.
                patient = {"health_check_timeout_ms": 60_000, "health_check_failure_threshold": 10}
                ray.init(num_cpus=count * threads, include_dashboard=False, _system_config=patient, **quiet)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise InputError(
                f"Ray cannot be started or reached at {address or 'this machine'}: {_first_line(error)}",
                f"Ray를 {address or '이 컴퓨터'}에서 시작하거나 연결할 수 없습니다: {_first_line(error)}",
            ) from error
        kind = ray.remote(num_cpus=threads, max_restarts=_RETRIES, max_task_retries=_RETRIES)(Worker)
        # Cores are shared out on one machine only; a cluster's scheduler knows better.
        self._actors = [kind.remote(source, job, here, threads, None if address else number) for number in range(count)]

    def work(self, chunks: Iterable[Chunk], done: Callable[[], object]) -> Iterator[tuple[int, Measured]]:
        """Chunks as they are finished, each (first row, what was measured); `done` is called for each face.

        Raises:
            InputError: a worker's generator draws otherwise. MissingError: a worker lacks a model.
        """
        ray = self._ray
        rest = iter(chunks)
        running: dict[Any, Any] = {}

        def give(actor: Any) -> None:
            chunk = next(rest, None)
            if chunk is not None:
                running[actor.measure.remote(chunk)] = actor

        for actor in [*self._actors, *self._actors]:  # two each: the next lies ready when one is done
            give(actor)
        while running:
            (ready,), _ = ray.wait(list(running), num_returns=1)
            actor = running.pop(ready)
            try:
                first, measured = ray.get(ready)
            except ray.exceptions.RayTaskError as error:
                raise error.as_instanceof_cause() from error
            except ray.exceptions.RayActorError as error:
                raise _refusal(error) from error
            give(actor)
            for _ in measured.z:
                done()
            yield first, measured

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ray.shutdown()


class Worker:
    """What runs in another process: one chunk after the other."""

    def __init__(self, source: Source, job: Job, here: tuple[str, str], threads: int, number: int | None) -> None:
        if number is not None and hasattr(os, "sched_setaffinity"):
            mine = sorted(os.sched_getaffinity(0))
            share = [mine[(number * threads + step) % len(mine)] for step in range(threads)]
            os.sched_setaffinity(0, share)
        generator = source.load(threads)
        there = (generator.fingerprint(), getattr(generator, "image_fingerprint", str)())
        self._refused = there != here
        self._team = Team(generator, None, job)

    def measure(self, chunk: Chunk) -> tuple[int, Measured]:
        """One chunk."""
        if self._refused:
            raise InputError(
                "a Ray worker draws other pictures than this machine (other weights, version or kind of processor), so "
                "rows would not be alike; use machines of one kind, or --engine local",
                "Ray 작업자가 이 컴퓨터와 다른 그림을 그립니다(가중치, 버전 또는 프로세서 종류가 다름). 행이 달라지므로 같은 종류의 "
                "컴퓨터를 쓰거나 --engine local을 쓰세요",
            )
        return next(self._team.work([chunk], lambda: None))


def _refusal(error: Exception) -> InputError:
    return InputError(
        f"the Ray workers were lost ({_first_line(error)}); start the same command again, it goes on where it was",
        f"Ray 작업자를 잃었습니다({_first_line(error)}). 같은 명령을 다시 시작하면 이어서 합니다",
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
