"""The pages in a real browser: they need no network and no script, unfold, search and sort, and are dark at night."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

import anypickle

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here"),
    pytest.mark.timeout(180),
]


class Model:
    def __init__(self) -> None:
        self.rows = [{"deep": (i for i in "ab")}]
        self.small, self.big = bytes(2 << 20), b"x" * (3 << 20)
        self.script = {"<script>document.title='run'</script>": (i for i in "ab")}


def browse(tmp_path: Path, page: str, *options: str) -> str:
    """The document as the browser has it in the end, with what it had to say."""
    file = tmp_path / "page.html"
    file.write_text(page, encoding="utf-8")
    with tempfile.TemporaryDirectory() as home:  # a short name: sockets lie there
        command: list[Any] = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu"]
        command += [f"--user-data-dir={home}/profile", "--enable-logging=stderr", "--v=0"]
        done = subprocess.run(
            [*command, *options, file.as_uri()],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={"HOME": home, "PATH": "/usr/bin:/bin", "TMPDIR": home},
        )
    assert done.stdout, done.stderr
    assert "CONSOLE" not in done.stderr, done.stderr
    return done.stdout


def scripted(page: str, steps: str) -> str:
    """The page with steps of a reader's, which its policy must be told of."""
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    return page.replace("</body>", f"<script>{{{steps}}}</script></body>")


@pytest.fixture(scope="module")
def page() -> str:
    return anypickle.explain(Model()).to_html()


def test_the_page_runs_its_own_script_and_nothing_else(tmp_path: Path, page: str) -> None:
    document = browse(tmp_path, page, "--dump-dom")
    assert "<button>bytes</button>" in document, "the page's own script ran under its policy"
    assert "<title>run</title>" not in document
    blocked = page.replace("</body>", "<script>document.title='run'</script></body>")
    (tmp_path / "page.html").write_text(blocked)
    with pytest.raises(AssertionError, match="Content Security Policy"):
        browse(tmp_path, blocked, "--dump-dom")


def test_without_javascript_all_of_it_is_there(tmp_path: Path, page: str) -> None:
    silent = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    document = browse(tmp_path, silent, "--dump-dom")
    assert "<button>" not in document
    for path in ("obj.rows[0]['deep']", "obj.big"):
        assert path in document.replace("&#x27;", "'")
    assert document.count("<details open") >= 3, "what leads to a blocker is unfolded"


def test_search_and_sorting(tmp_path: Path, page: str) -> None:
    document = browse(
        tmp_path,
        scripted(
            page,
            """
            const head = [...document.querySelectorAll("th")].find((h) => h.innerText.includes("bytes"));
            head.querySelector("button").click();
            const search = document.getElementById("search");
            search.value = "obj.";
            search.dispatchEvent(new Event("input"));
            const first = document.querySelector("#findings tbody").rows[0].cells[1].innerText;
            search.value = "'deep'";
            search.dispatchEvent(new Event("input"));
            const left = [...document.querySelectorAll("#findings tbody tr")].filter((r) => !r.hidden);
            document.title = first + "|" + left.length + "|" + left[0].cells[1].innerText;
            """,
        ),
        "--dump-dom",
    )
    title = re.search(r"<title>(.*?)</title>", document, re.DOTALL)
    assert title is not None
    first, count, left = title[1].split("|")
    assert first.startswith("obj.big")
    assert (count, left.split("\n")[0]) == ("1", "obj.rows[0]['deep']")


@pytest.mark.parametrize(("dark", "paper"), [(False, "253, 253, 251"), (True, "24, 25, 27")])
def test_light_and_dark(tmp_path: Path, page: str, dark: bool, paper: str) -> None:
    steps = "document.title = getComputedStyle(document.body).backgroundColor;"
    options = ["--blink-settings=preferredColorScheme=0"] if dark else []
    document = browse(tmp_path, scripted(page, steps), "--dump-dom", *options)
    assert f"<title>rgb({paper})</title>" in document


@pytest.mark.parametrize("width", [500, 1200])
def test_nothing_is_out_of_sight_whatever_the_width(tmp_path: Path, page: str, width: int) -> None:
    steps = """
        const search = document.getElementById("search");
        const right = Math.max(...[...document.querySelectorAll("#findings td")].map((cell) =>
            cell.getBoundingClientRect().right));
        search.value = "'deep'";
        search.dispatchEvent(new Event("input"));
        const seen = [...document.querySelectorAll("#findings tbody tr")].filter((row) => row.offsetHeight > 0);
        document.title = [right <= document.documentElement.clientWidth, seen.length].join("|");
    """
    document = browse(tmp_path, scripted(page, steps), "--dump-dom", f"--window-size={width},900")
    assert "<title>true|1</title>" in document
