"""Pictures that were handed in as files are shown, and nothing else that a page names is read."""

from __future__ import annotations

from base64 import b64encode

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from traitlets.config import Config

from autograde.course.config import configure
from autograde.notebooks.beside import put_beside
from autograde.pages import pictures
from autograde.pages.formgrader.exporter import PageExporter

PNG, JPEG, GIF = b"\x89PNG\r\n\x1a\nx", b"\xff\xd8\xff\xe0x", b"GIF89ax"
HANDED_IN = {
    "photo.png": PNG,
    "My photo (1).JPG": JPEG,
    "pages/one.gif": GIF,
    "wrong.jpg": PNG,
    "page.png": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "page.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "notes.txt": b"text",
    "large.png": PNG + b"." * 1000,
}
SHOWN = [  # (what the notebook says, the kind of picture that is shown; "" for none)
    ("![mine](photo.png)", "png"),
    ("![mine](./photo.png)", "png"),
    ("![mine](photo.png 'a title')", "png"),
    ("![mine](My%20photo%20%281%29.JPG)", "jpeg"),
    ("![mine](pages/one.gif)", "gif"),
    ("![mine](wrong.jpg)", "png"),  # by what is in it
    ('<img src="photo.png" width="300">', "png"),
    ("<p>So <IMG alt='a' src='photo.png'/> it is</p>", "png"),
    ("text before <img src='pages/one.gif'> and after", "gif"),
    ("![not a picture](page.png)", ""),
    ("![a document](page.svg)", ""),
    ("![no picture](notes.txt)", ""),
    ("![nothing](absent.png)", ""),
    ("![a link](link.png)", ""),
    ("![in a folder that is a link](away/secret.png)", ""),
    ("![above](../secret.png)", ""),
    ("![above](%2e%2e/secret.png)", ""),
    ("![above](pages/../../secret.png)", ""),
    ("![from the top]({above}/secret.png)", ""),
    ("![from the top](file://{above}/secret.png)", ""),
    ("![a folder](pages)", ""),
    ("![too long](" + "a" * 400 + ".png)", ""),
    ("![zero](photo.png%00)", ""),
    ("![elsewhere](https://evil.example/photo.png)", ""),
    ("![elsewhere](//evil.example/photo.png)", ""),
    ('<img src="../secret.png">', ""),
    ('<img src="photo.png" onerror="alert(1)">', "png"),
]


@pytest.fixture
def page_of(tmp_path):
    """``page_of(text)``: the page of a notebook beside which files were handed in."""
    submitted, folder = tmp_path / "submitted", tmp_path / "class" / "graded"
    folder.mkdir(parents=True)
    for name, content in HANDED_IN.items():
        (submitted / name).parent.mkdir(parents=True, exist_ok=True)
        (submitted / name).write_bytes(content)
    put_beside(submitted, folder)
    above = tmp_path / "class"
    (above / "secret.png").write_bytes(PNG)
    (folder / "link.png").symlink_to(above / "secret.png")
    (folder / "away.d").symlink_to(above)
    config = Config()
    configure(config, tmp_path)
    config.HTMLExporter.template_name = "classic"
    exporter = PageExporter.of(config)

    def page(*texts):
        cells = [new_markdown_cell(each.replace("{above}", str(above))) for each in texts]
        resources = {"metadata": {"path": str(folder), "name": "n"}}
        return exporter.from_notebook_node(new_notebook(cells=cells), resources)[0]

    return page


@pytest.mark.parametrize(("text", "kind"), SHOWN)
def test_what_is_shown(page_of, text, kind):
    page = page_of(text)
    kinds = [each for each in ("png", "jpeg", "gif") if f'src="data:image/{each};base64' in page]
    assert kinds == ([kind] if kind else [])
    contents = {"png": PNG, "jpeg": JPEG, "gif": GIF}
    assert not kind or f'base64,{b64encode(contents[kind]).decode()}"' in page
    assert "evil.example" not in page
    assert "onerror" not in page
    assert "PHN2Z" not in page  # "<svg" as base64


def test_a_page_has_an_end(page_of, monkeypatch):
    monkeypatch.setattr(pictures, "LARGEST_PICTURE", 1000)
    assert 'src="data:' not in page_of("![too large](large.png)")
    monkeypatch.setattr(pictures, "ALL_PICTURES", 3 * len(PNG))
    assert page_of(*["![again](photo.png)"] * 5).count('src="data:') == 3
