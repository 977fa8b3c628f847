"""A library imports dill while it is itself being imported: its recipes wait until it is whole."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.programs import ProgramRunner


def test_recipes_are_read_when_the_library_is_there(
    run_script: ProgramRunner, tmp_path: Path
) -> None:
    package = tmp_path / "path" / "h5py"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "import dill\nclass File:\n    pass\nclass Group:\n    pass\nclass Dataset:\n    pass\n"
        "class AttributeManager:\n    pass\n"
        "import anypickle\nanypickle.dumps(File)\n"
    )
    program = """
    import warnings
    warnings.simplefilter("error")
    import h5py, sys
    print("anypickle.reducers.contrib.h5py" in sys.modules)
    """
    done = run_script(program, under="anypickle", env={"PYTHONPATH": str(tmp_path / "path")}).ok()
    assert done.stdout.split() == ["True"]
