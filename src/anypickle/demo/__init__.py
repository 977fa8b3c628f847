"""The four programs that ``anypickle demo`` runs, each written as its author would have written it.

They import nothing of anypickle. Every one prints a line ``result: <json>`` at its end; ``--single``
computes the same without a second process, where that makes sense.
"""
