"""Tasks whose faults end the program."""

import asyncio
import os
import traceback


def watched(coroutine):
    """A task; an exception that it does not handle ends the process, for nobody else would see it."""
    task = asyncio.create_task(coroutine)
    task.add_done_callback(_check)
    return task


def _check(task):
    if not task.cancelled() and task.exception() is not None:
        traceback.print_exception(task.exception())
        os._exit(1)
