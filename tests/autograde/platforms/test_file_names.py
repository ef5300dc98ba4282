"""What a name says: each as a platform writes it, and what must not be taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograde.platforms.file_names import JUNK, by_person, canvas, moodle
from autograde.platforms.handed_in import handed_in

HERE = Path("x")

MOODLE = [  # (the place, the label, the number, the person, the file, whether it is flat)
    (
        "Ana Álvarez_912345_assignsubmission_file/05_matrix_form.ipynb",
        *("Ana Álvarez_912345_assignsubmission_file", "912345", "Ana Álvarez"),
        *("05_matrix_form.ipynb", False),
    ),
    (  # before 4.1
        "Ana Álvarez_912345_assignsubmission_file_/05_matrix_form.ipynb",
        *("Ana Álvarez_912345_assignsubmission_file", "912345", "Ana Álvarez"),
        *("05_matrix_form.ipynb", False),
    ),
    (
        "Bo ONeil_7_assignsubmission_file_05_matrix_form.ipynb",
        *("Bo ONeil_7_assignsubmission_file", "7", "Bo ONeil", "05_matrix_form.ipynb", True),
    ),
    (  # packed again, in a folder
        "lab 5/Bo ONeil_7_assignsubmission_file/figures/a_1_b.png",
        *("Bo ONeil_7_assignsubmission_file", "7", "Bo ONeil", "figures/a_1_b.png", False),
    ),
    (
        "李 梅_8_assignsubmission_onlinetext/onlinetext.html",
        *("李 梅_8_assignsubmission_file", "8", "李 梅", "onlinetext.html", False),
    ),
    ("Participant_9_assignsubmission_file/x.ipynb", "Participant_9_assignsubmission_file")
    + ("9", "Participant", "x.ipynb", False),
]


@pytest.mark.parametrize(("place", "label", "number", "person", "name", "flat"), MOODLE)
def test_moodle(place, label, number, person, name, flat):
    file = moodle(place, HERE)
    assert (file.label, file.key, file.person) == (label, number, person)
    assert (file.name, file.flat) == (name, flat)


CANVAS = [  # (the place, the label, the number, late, of the file, the file)
    (
        "alvarezana_9001_55501_05_matrix_form.ipynb",
        *("alvarezana_9001_55501", "9001", False, 55501, "05_matrix_form.ipynb"),
    ),
    (
        "alvarezana_LATE_9001_55501_05_matrix_form-1.ipynb",
        *("alvarezana_LATE_9001_55501", "9001", True, 55501, "05_matrix_form-1.ipynb"),
    ),
    ("late_9_8_x.ipynb", "late_9_8", "9", False, 8, "x.ipynb"),  # somebody's name
    ("late_LATE_9_8_x.ipynb", "late_LATE_9_8", "9", True, 8, "x.ipynb"),
    ("bot2000_9_8_1_2_x.ipynb", "bot2000_9_8", "9", False, 8, "1_2_x.ipynb"),
    ("a_b_9_8_x.ipynb", "a_b_9_8", "9", False, 8, "x.ipynb"),
    ("alvarezana_LATE_9001_text.html", "alvarezana_LATE_9001", "9001", True, 0, "text.html"),
    ("alvarezana_9001_link.html", "alvarezana_9001", "9001", False, 0, "link.html"),
]


@pytest.mark.parametrize(("place", "label", "number", "late", "order", "name"), CANVAS)
def test_canvas(place, label, number, late, order, name):
    file = canvas(place, HERE)
    assert (file.label, file.key, file.late) == (label, number, late)
    assert (file.order, file.name) == (order, name)


OTHERS = [
    "05_matrix_form.ipynb",
    "ana/05_matrix_form.ipynb",
    "a_b_assignsubmission_file/x",
    "_1_2_",
]
ANONYMOUS = ["anon_x7Yz_55501_05_a.ipynb", "LATE_anon_x7Yz_55501_05_a.ipynb", "anon_1_2_3_a.ipynb"]


@pytest.mark.parametrize("place", OTHERS)
def test_another_name_is_none_of_moodles(place):
    assert moodle(place, HERE) is None


@pytest.mark.parametrize("place", [*OTHERS, *ANONYMOUS, "a_9001_a.ipynb"])
def test_another_name_is_none_of_canvass(place):
    assert canvas(place, HERE) is None


KNOWN = {"ana": "ana", "ana@uni.example": "ana", "bo": "bo"}
SENT = [  # (the place, whose it is, the file)
    ("ana/05.ipynb", "ana", "05.ipynb"),
    ("mails/Ana@uni.example/a/05.ipynb", "ana", "a/05.ipynb"),
    ("ana_05.ipynb", "ana", "05.ipynb"),
    ("05-bo (1).ipynb", "bo", "05.ipynb"),
    ("ana@uni.example.ipynb", "ana", "ana@uni.example.ipynb"),
    ("ana-maria_05.ipynb", None, None),  # somebody else
    ("anabel/05.ipynb", None, None),
    ("ana_06.ipynb", None, None),
    ("05.ipynb", None, None),
]


@pytest.mark.parametrize(("place", "student", "name"), SENT)
def test_sent_by_mail(place, student, name):
    file = by_person(KNOWN, ["05"])(place, HERE)
    assert (file and file.key, file and file.name) == (student, name)


@pytest.mark.parametrize(
    ("place", "junk"),
    [
        ("__MACOSX/a/._x.ipynb", True),
        ("a/.DS_Store", True),
        ("a/._x.ipynb", True),
        ("a/.ipynb_checkpoints/x.ipynb", True),
        ("a/x._y.ipynb", False),
        ("a/Thumbs.db.ipynb", False),
    ],
)
def test_what_systems_leave_in_folders(place, junk):
    assert bool(JUNK.search(place)) == junk


NAMED = [  # (what was handed in, in this order; what it is called then)
    (["05.ipynb"], ["05.ipynb"]),
    (["05 (1).ipynb", "a.png"], ["05.ipynb", "a.png"]),
    (["05-1.ipynb"], ["05.ipynb"]),
    (["05-Copy1.ipynb"], ["05.ipynb"]),
    (["05 - Copy.ipynb"], ["05.ipynb"]),
    (["05.ipynb.txt"], ["05.ipynb"]),
    (["05.ipynb.json"], ["05.ipynb"]),
    (["05.ipynb (1).txt"], ["05.ipynb"]),
    (["05.IPYNB"], ["05.ipynb"]),
    (["mine.ipynb.txt"], ["mine.ipynb"]),
    (["lab/05 (2).ipynb", "lab/data/a.csv"], ["05.ipynb", "data/a.csv"]),
    (["05.ipynb", "05 (1).ipynb"], ["05.ipynb", "05 (1).ipynb"]),  # grading looks into both
    (["mine.ipynb"], ["mine.ipynb"]),
    (["05.ipynb", "Timestamp.txt", "submission_secret.txt"], ["05.ipynb"]),
]


@pytest.mark.parametrize(("before", "after"), NAMED)
def test_a_notebook_gets_its_name_back(tmp_path, before, after):
    files = []
    for number, name in enumerate(before):
        (tmp_path / str(number)).write_text("x")
        files.append(moodle(f"A_1_assignsubmission_file/{name}", tmp_path / str(number)))
    done = handed_in(files, ["05"], 1000, tmp_path)
    assert [each.name for each in done.files] == after
    assert not done.trouble


TROUBLES = [  # (what was handed in, what is said)
    (["essay.pdf"], "there is no notebook, only essay.pdf"),
    (["b.txt", "a.txt"], "there is no notebook, only a.txt, b.txt"),
    (["timestamp.txt"], "there is no notebook, only timestamp.txt"),
    (["05.ipynb", "05.ipynb.txt"], "two files have the same name"),
    (["work.zip"], "work.zip is damaged or too large, and all there is"),
    (["05.ipynb"] + list("abcdefghij"), "there are more than 10 bytes"),
]


@pytest.mark.parametrize(("before", "says"), TROUBLES)
def test_what_cannot_be_collected(tmp_path, before, says):
    (tmp_path / "file").write_text("x")
    files = [moodle(f"A_1_assignsubmission_file/{each}", tmp_path / "file") for each in before]
    assert handed_in(files, ["05"], 10, tmp_path).trouble == says


def test_of_what_canvas_numbers_the_newest_counts(tmp_path):
    (tmp_path / "file").write_text("x")
    names = ["a_1_55502_05-1.ipynb", "a_1_55501_05.ipynb", "a_1_55503_plot.png"]
    done = handed_in([canvas(each, tmp_path / "file") for each in names], ["05"], 1000, tmp_path)
    assert [(each.name, each.order) for each in done.files] == [
        ("05.ipynb", 55502),
        ("plot.png", 55503),
    ]
    assert done.order == 55503
