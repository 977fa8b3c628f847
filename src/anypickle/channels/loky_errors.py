"""loky's word for a task that can't be pickled: it says nothing of why, so it is given the note of what happened."""

from __future__ import annotations

from typing import Any

from anypickle.channels import _road

__all__ = ["Road"]


class Road(_road.Road):
    """`loky.process_executor`, or the copy in joblib, whose queue sets the error on the future of the task."""

    def apply(self) -> None:
        queue = self.library._SafeQueue
        stock = queue._on_queue_feeder_error

        def _on_queue_feeder_error(self: Any, e: Exception, obj: Any) -> Any:
            item = self.pending_work_items.get(getattr(obj, "work_id", None))
            if item is not None:
                _hand_on(e, item.future)
            return stock(self, e, obj)

        self.patches.attribute(queue, "_on_queue_feeder_error", _on_queue_feeder_error)


def _hand_on(error: Exception, future: Any) -> None:
    """Has the error that the future will get carry the note: whoever waits for it may look at once."""

    def set_exception(later: BaseException) -> None:
        from anypickle.explain.notes import passed_on

        del future.set_exception  # the class's own again
        passed_on(error, later)
        future.set_exception(later)

    future.set_exception = set_exception
