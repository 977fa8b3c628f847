"""The finder for removed modules, with libraries made up for the purpose: nothing heavy is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

ESTIMATORS = """
class BaseWrapper: ...
class KerasClassifier: ...
class KerasRegressor: ...
"""


def library(root: Path, *modules: str) -> None:
    """Make packages and modules, empty but for a name."""
    for module in modules:
        path = root.joinpath(*module.split("."))
        path.mkdir(parents=True, exist_ok=True)
        path.joinpath("__init__.py").write_text(f"made = {module!r}\n")


@pytest.fixture
def run(run_script, tmp_path):
    """Run a program with finder and estimators that need no scikit-learn."""
    library(tmp_path / "lib")

    def run(program: str):
        prelude = f"""
import sys, types
sys.path.insert(0, {str(tmp_path / "lib")!r})
ours = types.ModuleType("anypickle.keras")
exec({ESTIMATORS!r}, vars(ours))
sys.modules["anypickle.keras"] = ours
from anypickle.integrations.missing_modules import MissingModules
finder = MissingModules()
finder.start()
"""
        return run_script(prelude + program).ok()

    return run


def test_serves_the_module_where_the_package_is_there(run, tmp_path):
    library(tmp_path / "lib", "keras", "keras.wrappers")
    run(
        """
from keras.wrappers.scikit_learn import KerasClassifier, KerasRegressor
assert KerasClassifier is ours.KerasClassifier
import keras.wrappers
assert keras.wrappers.made == "keras.wrappers"
"""
    )


def test_serves_the_package_where_it_is_gone(run, tmp_path):
    library(tmp_path / "lib", "tensorflow", "tensorflow.python", "tensorflow.python.keras")
    run(
        """
from tensorflow.python.keras.wrappers.scikit_learn import KerasRegressor
import tensorflow.python.keras.wrappers
assert KerasRegressor is ours.KerasRegressor
"""
    )


def test_a_library_that_still_has_the_module_keeps_its_own(run, tmp_path):
    library(tmp_path / "lib", "keras", "keras.wrappers", "keras.wrappers.scikit_learn")
    run(
        """
import keras.wrappers.scikit_learn as theirs
assert theirs.made == "keras.wrappers.scikit_learn"
assert not hasattr(theirs, "KerasClassifier")
finder.stop()
assert sys.modules["keras.wrappers.scikit_learn"] is theirs
"""
    )


def test_without_the_library_the_import_fails_as_ever(run):
    run(
        """
class Nowhere:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "keras":
            raise ModuleNotFoundError("No module named 'keras'", name=name)
sys.meta_path.insert(0, Nowhere)
try:
    import keras.wrappers.scikit_learn
except ModuleNotFoundError as error:
    assert str(error) == "No module named 'keras'", error
else:
    raise AssertionError("imported")
"""
    )


def test_other_names_are_not_served(run, tmp_path):
    library(tmp_path / "lib", "keras", "keras.wrappers")
    run(
        """
for name in ("keras.wrappers.scikit_learn2", "keras.losses", "wrappers.scikit_learn"):
    try:
        __import__(name)
    except ModuleNotFoundError:
        continue
    raise AssertionError(name)
"""
    )


def test_stop_forgets_what_was_served(run, tmp_path):
    library(tmp_path / "lib", "keras")
    run(
        """
before = set(sys.modules)
import keras
import keras.wrappers.scikit_learn
finder.stop()
assert not hasattr(keras, "wrappers")
assert "keras.wrappers" not in sys.modules
assert "keras.wrappers.scikit_learn" not in sys.modules
assert finder not in sys.meta_path
try:
    import keras.wrappers.scikit_learn
except ModuleNotFoundError:
    pass
else:
    raise AssertionError("still served")
"""
    )
