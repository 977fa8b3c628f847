"""A plugin for pytest (`-p swapped`): what runs under it finds our pickler in `_pickle` and `pickle`."""

import subject

subject.impersonate("anypickle._core")
