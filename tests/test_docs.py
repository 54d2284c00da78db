"""The pages in docs: what they show is real, what they quote is there, and the map they draw is that of the package."""

import ast
import doctest
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from documents import ROOT, console_blocks, each_block_of, examples, links, printed, working_copy
from outside import PATIENCE
from test_architecture import WINGS as ORDER

PACKAGE = ROOT / "microgrid"
WINGS = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "demos" / "README.md"]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
DEBUGGING = (ROOT / "docs" / "debugging.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
__all__ = ["working_copy"]

# ── what they show ─────────────────────────────────────────────────────────────────────────


def words_of(picture):
    return [text.text for text in ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}text")]


def test_the_way_of_one_number(working_copy):
    """Its Python runs, and the picture that it draws says what the picture beside it says."""
    assert examples(ARCHITECTURE, "architecture.md") == []
    (drawn,) = working_copy.glob("docs/pictures/*.svg")
    assert words_of(drawn) == words_of(ROOT / drawn.relative_to(working_copy))


def section(text, heading):
    """A section of a document: from its heading to the next one of the kind."""
    return re.split(r"^## ", text.partition(f"\n## {heading}\n")[2], flags=re.MULTILINE)[0]


def test_a_module_of_pytorch_is_debugged_as_it_says(torch, working_copy, monkeypatch):
    """From a nan to the line, in four commands: the module is a file of its own."""
    text = section(DEBUGGING, "A PyTorch module")
    (script,) = re.findall(r"```python\n# words\.py\n(.*?)```", text, re.DOTALL)
    (working_copy / "words.py").write_text(f"# words.py\n{script}", encoding="utf-8")
    monkeypatch.syspath_prepend(working_copy)
    assert "".join(examples(text, "debugging.md", doctest.ELLIPSIS)) == ""
    assert re.findall(r"^>>> (.*)$", text, re.MULTILINE)[2:6] == [
        "seen = from_torch(model, (a, b), y, nn.MSELoss())", "found = hunt(seen)", "print(found)",
        "print(found.sheet().text)",
    ]  # fmt: skip


def test_the_walk_through_a_script(tmp_path, monkeypatch, capsys):
    """The script is what stands there, the commands print what stands there, before the mending and after it."""
    monkeypatch.chdir(tmp_path)
    text = section(DEBUGGING, "A NumPy script")
    ((script,), (mending,)) = (re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL) for kind in ("python", "diff"))
    first, second = console_blocks(text)
    (tmp_path / "train.py").write_text(script, encoding="utf-8")
    printed(first, capsys)
    for old, new in re.findall(r"^-(.*)\n\+(.*)$", mending, re.MULTILINE):
        assert script.count(old + "\n") == 1
        script = script.replace(old, new)
    (tmp_path / "train.py").write_text(script, encoding="utf-8")
    printed(second, capsys)


@each_block_of(ARCHITECTURE)
def test_console_blocks_show_what_the_command_prints(block, working_copy, capsys):
    printed(block, capsys)


# ── what they refer to ─────────────────────────────────────────────────────────────────────


def anchors(text):
    """What headings are called in a link."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@each_page
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for link in links(text):
        file, _, heading = link.partition("#")
        there = page.parent / file if file else page
        assert there.exists(), link
        assert not heading or heading in anchors(there.read_text(encoding="utf-8")), link


def squeezed(text):
    return {"".join(line.split()) for line in text.splitlines()}


def test_lines_of_files_are_quoted_as_they_stand():
    files = [ROOT / "docs" / link for link in links(ARCHITECTURE) if link.endswith((".py", ".sheet"))]
    there = set().union(*(squeezed(path.read_text(encoding="utf-8")) for path in files))
    quoted = re.sub(r"```.*?```", "", ARCHITECTURE.partition("## Who knows whom")[0], flags=re.DOTALL)
    assert squeezed("\n".join(re.findall(r"^    (.*)$", quoted, re.MULTILINE))) - there == set()


# ── the map ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", [ARCHITECTURE, README], ids=["architecture", "README"])
def test_every_wing_is_on_the_map(text):
    assert {wing for wing in WINGS if f"`{wing}`" not in text} == set()


def test_the_list_of_wings_is_the_one_that_imports_keep_to():
    listed = re.findall(r"^    (.*)$", ARCHITECTURE.partition("## Who knows whom")[2], re.MULTILINE)
    assert " ".join(listed).split() == [each for each in ORDER if each not in ("__init__", "__main__")]


FACES = [path for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE]


@pytest.mark.parametrize("face", FACES, ids=lambda face: str(face.parent.relative_to(PACKAGE)))
def test_a_face_names_every_room(face):
    """Each module and folder of the wing, as `name` or at the beginning of a line."""
    text = ast.get_docstring(ast.parse(face.read_text(encoding="utf-8")))
    rooms = {path.stem for path in face.parent.iterdir() if path.suffix == ".py" or path.is_dir()}
    unnamed = {room for room in rooms if not re.search(rf"`{room}/?`|(^|  ){room}  ", text, re.MULTILINE)}
    assert unnamed - {"__init__", "__pycache__"} == set()


COMMANDS = sorted(
    {
        command
        for path in [*PAGES, *PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyi")]
        for command in re.findall(r"python -m (microgrid\.[\w.]+)", path.read_text(encoding="utf-8"))
    }
)


@pytest.mark.parametrize("module", COMMANDS)
def test_a_module_to_be_run_is_not_loaded_with_its_package(module):
    """Python warns where it is, since the module is then there twice."""
    check = f"import sys, {module.rpartition('.')[0]}; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False, timeout=PATIENCE).returncode == 0
    assert "if __name__" in (ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
