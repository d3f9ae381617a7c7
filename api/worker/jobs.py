"""The queue: DBOS Transact carries each job to its end over the death of any worker.

DBOS keeps its own tables, in a file beside a SQLite house or in the schema ``dbos`` of the house's
PostgreSQL database.  It opens no port and speaks to nobody but that database.  Of its traps these
are met here: one ``executor_id`` per run, since jobs of a dead worker are taken over only when
somebody asks for that worker by name; the version of the jobs is set by us, since one computed
from the source would strand jobs at every update; arguments are JSON, since what unpickles a
database column runs whatever was written there; the queue is looked at every tenth of a second.

A job is done at least once.  Its name is unique: handing over the same name twice is one job.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from dbos import DBOS, DBOSConfig, Serializer, SetWorkflowID

from api.process_log import LibraryLines
from api.services.context import Context
from api.store.database_url import on_postgresql

Job = Callable[[str, int], None]
"""Does what ``(name, handed)`` says; called again after a crash."""

VERSION: Final = "jobs-1"
"""Changed only when jobs of an older worker can no longer be carried out."""
QUEUE: Final = "daizheng"
FILE: Final = "worker.db"
AT_ONCE: Final = 8
"""Jobs that one worker carries out at the same time; most of them wait for somebody's endpoint."""
LOOK_EVERY: Final = 0.1
"""Seconds between two looks at the queue."""


class Json(Serializer):
    """Arguments and answers of jobs as JSON."""

    def serialize(self, data: Any) -> str:
        """Give JSON text; what a failed job raised is kept by its kind alone."""
        if isinstance(data, BaseException):
            return json.dumps({"error": type(data).__name__})
        return json.dumps(data)

    def deserialize(self, serialized_data: str) -> Any:
        """Give what ``serialize`` took; an error comes back as one."""
        found = json.loads(serialized_data)
        if isinstance(found, dict) and set(found) == {"error"}:
            return RuntimeError(str(found["error"]))
        return found

    def name(self) -> str:
        """Give the word by which the rows say how they were written."""
        return "daizheng_json"


class Jobs:
    """One worker's hold on the queue; one at a time in a process."""

    def __init__(self, url: str, executor: str, kinds: Mapping[str, Job]) -> None:
        """Take part in the queue kept at ``url`` under the name ``executor``."""
        _quiet()
        DBOS(config=_config(url, executor))
        self._kinds = {name: DBOS.workflow(name=name)(_job(name, do)) for name, do in kinds.items()}
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=AT_ONCE,
            polling_interval_sec=LOOK_EVERY,
            on_conflict="always_update",
        )

    def hand_over(self, kind: str, name: str, handed: int) -> None:
        """The job stands in the queue, once however often it is handed over."""
        with SetWorkflowID(f"{kind}-{name}-{handed}"):
            DBOS.enqueue_workflow(QUEUE, self._kinds[kind], name, handed)

    def take_over(self, executor: str) -> int:
        """Every job that the dead worker ``executor`` had begun is begun again; gives how many."""
        return len(DBOS._recover_pending_workflows([executor]))

    def forget(self, before: datetime) -> int:
        """Jobs that ended before that instant are gone from the queue's tables; gives how many."""
        old = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            completed_before=before.isoformat(),
            limit=1000,
            load_input=False,
            load_output=False,
        )
        if old:
            DBOS.delete_workflows([each.workflow_id for each in old])
        return len(old)

    def stop(self, *, seconds: int) -> None:
        """Nothing new is begun; what runs has so many seconds to end, else it is begun again elsewhere."""
        DBOS.destroy(workflow_completion_timeout_sec=seconds, destroy_registry=True)


def url_of(context: Context) -> str:
    """Give where the queue of the house is kept."""
    url = context.store.engine.url
    if on_postgresql(url):
        return url.render_as_string(hide_password=False)
    path = context.home / FILE
    path.touch(mode=0o600)
    return f"sqlite:///{path}"


def _config(url: str, executor: str) -> DBOSConfig:
    return {
        "name": "daizheng",
        "system_database_url": url,
        "executor_id": executor,
        "application_version": VERSION,
        "serializer": Json(),
        "enable_otlp": False,
        "log_level": "WARNING",
        "use_listen_notify": False,
        # Nothing of ours is on its schedules: what is due stands in the house's own database.
        "scheduler_polling_interval_sec": 3600.0,
    }


def _job(name: str, do: Job) -> Job:
    def job(what: str, handed: int) -> None:
        do(what, handed)

    job.__qualname__ = job.__name__ = name
    return job


def _quiet() -> None:
    """DBOS logs through us alone."""
    logger = logging.getLogger("dbos")
    logger.handlers = [LibraryLines()]
    logger.propagate = False
