"""Recipes for other libraries, one file for each, named after it and read when a type of it is met."""
