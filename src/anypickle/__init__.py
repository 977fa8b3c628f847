"""Any Python object crosses a process boundary with a stated meaning, or is explained."""

__version__ = "0.1.0"
