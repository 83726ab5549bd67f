"""The JSDoc types of the page's modules hold: the TypeScript checker, strict, over all of them."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECKER = ROOT / "tests" / "types"


@pytest.fixture(scope="module")
def tsc() -> list[str]:
    """The checker, fetched once in the version and with the digest of its lock file, from the registry npm is set up for."""
    node, npm = shutil.which("node"), shutil.which("npm")
    assert node, "node is needed to check the page's types (not to run Oh-LoRA): install Node.js 18 or newer with npm"
    assert npm, "npm is needed to check the page's types (not to run Oh-LoRA): install Node.js 18 or newer with npm"
    script = CHECKER / "node_modules" / "typescript" / "bin" / "tsc"
    if not script.is_file():
        command = [npm, "ci", "--prefix", str(CHECKER), "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=CHECKER, timeout=300)
        assert done.returncode == 0, done.stderr
    return [node, str(script)]


def checked(tsc: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*tsc, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=300)


def test_the_types_of_the_page_hold(tsc: list[str]) -> None:
    done = checked(tsc, "-p", "jsconfig.json", "--checkJs", "--noEmit", "--strict")
    assert done.returncode == 0, done.stdout
    listed = set(checked(tsc, "-p", "jsconfig.json", "--listFilesOnly").stdout.splitlines())
    modules = {str(path) for path in (ROOT / "src" / "ohlora" / "server" / "static").glob("*.js")}
    assert modules <= listed, "every module is checked"


def test_the_checker_would_find_a_wrong_type(tsc: list[str], tmp_path: Path) -> None:
    (tmp_path / "wrong.js").write_text("/** @param {number} n */\nexport const twice = (n) => n * 2;\ntwice('two');\n")
    done = checked(tsc, "--checkJs", "--allowJs", "--noEmit", "--strict", str(tmp_path / "wrong.js"))
    assert done.returncode != 0
    assert "TS2345" in done.stdout
