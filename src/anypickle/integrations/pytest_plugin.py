"""The pytest plugin: `assert_crosses`, `--anypickle` and `@pytest.mark.anypickle`.

    def test_my_model_crosses(assert_crosses):
        assert_crosses(MyModel(), to="spawn")

Nothing of anypickle's is imported before a test asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

__all__ = ["assert_crosses"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--anypickle`."""
    parser.getgroup("anypickle").addoption(
        "--anypickle", action="store_true", help="run every test with anypickle installed"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker."""
    config.addinivalue_line("markers", "anypickle: run this test with anypickle installed")


@pytest.fixture(autouse=True)
def _anypickle_installed(request: pytest.FixtureRequest) -> Iterator[None]:
    wanted = request.config.getoption("--anypickle") or request.node.get_closest_marker("anypickle")
    if not wanted:
        yield
        return
    import anypickle

    with anypickle.installed():
        yield


@pytest.fixture(name="assert_crosses")
def _assert_crosses() -> Callable[..., Any]:
    """The function `assert_crosses`, as a fixture."""
    return assert_crosses


def assert_crosses(
    obj: Any,
    to: str = "spawn",
    equal: Callable[[Any, Any], bool] | bool = False,
    timeout: float = 60.0,
) -> Any:
    """Sends an object to a fresh process and back; the test fails with the explanation when it does not arrive.

    Args:
        obj: The object.
        to: `fork`, `spawn` or `forkserver` for a process started that way; `copy` for `copy.deepcopy`.
        equal: True to compare what came back with `==`, or a function of (sent, came back).
        timeout: Seconds until the other process counts as lost.

    Returns:
        What came back.
    """
    __tracebackhide__ = True
    from anypickle.integrations.roundtrip import LostError, there_and_back

    try:
        returned = there_and_back(obj, to, timeout)
    except LostError as error:
        pytest.fail(str(error), pytrace=False)
    except Exception as error:
        from anypickle.explain import explain

        channel = "copy" if to == "copy" else "spawn"
        pytest.fail(
            f"{type(error).__name__}: {error}\n\n{explain(obj, channel=channel)}", pytrace=False
        )
    same = equal if callable(equal) else (lambda sent, back: sent == back) if equal else None
    if same is not None and not same(obj, returned):
        pytest.fail(f"what came back from {to} is not equal to what was sent", pytrace=False)
    return returned
