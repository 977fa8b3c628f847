"""What tests share: processes that cannot hang, checks for leftovers, comparison of object graphs."""
