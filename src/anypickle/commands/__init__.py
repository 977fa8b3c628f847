"""The verbs of `anypickle VERB`: a module for each, with a class of the same name; see `anypickle.__main__`."""
