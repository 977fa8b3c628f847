"""Measurements: each interleaves its contenders in one process and checks their results in the same run."""
