"""`google` is a namespace that many packages share: that one of them is there says nothing of `google.auth`."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.programs import ProgramRunner


def test_recipes_for_what_is_not_installed_are_no_error(
    run_script: ProgramRunner, tmp_path: Path
) -> None:
    package = tmp_path / "path" / "google" / "protocol"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("class Message:\n    pass\n")
    program = """
    import google.protocol, anypickle
    print(type(anypickle.loads(anypickle.dumps(google.protocol.Message()))).__name__)
    print(anypickle.explain([google.protocol.Message(), "".join]).ok)
    """
    done = run_script(program, env={"PYTHONPATH": str(tmp_path / "path")}).ok()
    assert done.stdout.split() == ["Message", "True"]
