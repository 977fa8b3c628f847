"""`Process.start`: what the process is given is made one thing for both sides, whatever the start method."""

from __future__ import annotations

import sys
from typing import Any

from anypickle.channels import _road

__all__ = ["Road"]


class Road(_road.Road):
    """`multiprocessing.process.BaseProcess`, or that of a copy of multiprocessing."""

    def apply(self) -> None:
        stock_start = self.library.BaseProcess.start

        def start(self: Any) -> None:
            # Imported here: this road is opened while multiprocessing itself is still being imported.
            from anypickle.channels.at_work import is_worker, watch
            from anypickle.channels.lending import lent_arguments
            from anypickle.channels.promotion import promote_queues
            from anypickle.crossing import measured
            from anypickle.policy import Channel
            from anypickle.shared.anchor import anchor

            if self._popen is None and not self._closed:
                anchor()
                if is_worker(getattr(self, "_target", None)):
                    watch(self)
                with measured(Channel.SPAWN, self), lent_arguments(self, promote_queues(self)):
                    stock_start(self)
            else:
                stock_start(self)  # which says what is wrong

        start.__doc__ = stock_start.__doc__
        self.patches.attribute(self.library.BaseProcess, "start", start)
        self.patches.call(_withdraw_loans)


def _withdraw_loans() -> None:
    loans = sys.modules.get("anypickle.shared.loans")
    if loans is not None:
        loans.withdraw()
