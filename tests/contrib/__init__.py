"""What `reducers/contrib` promises, with the real libraries: `cases/of_<library>.py` has what crosses of each."""
