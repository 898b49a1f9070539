"""Templates: blanks that are found and marked in a plan, and tables that fill them."""

from __future__ import annotations

import os
import time

import pytest

from core.domain import sheets
from core.domain.blanks import blanks, example, fill, find, mark
from core.domain.edits import ChangeSource
from core.domain.errors import BadInput, NotFound
from core.domain.plan import Claim, Source
from core.services import batches, intake, planning, projects, retention, templates

OWNER = "local"


@pytest.fixture
def lamp(small_plan):
    """A plan about a lamp that costs 79 euros."""
    first, last = small_plan.scenes
    return small_plan.but(
        title="Lumen",
        brief="Lumen is a desk lamp for people who read late. It costs 79 euros. See lumen.example/lamp.",
        scenes=(
            first.but(narration="Meet Lumen.", title="Lumen", seconds=2.5, claims=(Claim(text="It is a lamp"),)),
            last.but(narration="Only 79 euros.", title="Only 79 euros", kicker="lumen.example/lamp"),
        ),
    )


@pytest.fixture
def project(studio, lamp):
    made = projects.create(studio, OWNER, title="", brief=lamp.brief)
    planning.save(studio, OWNER, made.id, lamp, author="a test", reason="first", base=None)
    return made.id


@pytest.fixture
def template(studio, project):
    marks = {"product": "Lumen", "price": "79 euros"}
    return templates.save(studio, OWNER, project, revision=1, title="Launch", marks=marks, by="local")


# Blanks


def test_names_prices_addresses_and_lines_are_found(lamp):
    found = {each.name: each.text for each in find(lamp)}
    assert found["product"] == "Lumen"
    assert found["price"] == "79 euros"
    assert found["address"] == "lumen.example/lamp"
    assert found["hook"] == "Meet Lumen." and found["ending"] == "Only 79 euros."


def test_what_the_film_says_is_offered_before_what_the_brief_said(lamp):
    last = lamp.scenes[1].but(narration="Only 89 euros.", title="Only 89 euros")
    found = {each.name: each.text for each in find(lamp.but(scenes=(lamp.scenes[0], last)))}
    assert (found["price"], found["price_2"]) == ("89 euros", "79 euros")


def test_the_name_is_found_in_the_brief_when_the_film_is_called_otherwise(lamp):
    assert {each.name: each.text for each in find(lamp.but(title="Autumn campaign"))}["product"] == "Lumen"


def test_marked_texts_become_blanks_everywhere_and_claims_are_not_kept(lamp):
    marked = mark(lamp, {"product": "Lumen", "hook": "Meet Lumen."})
    assert marked.scenes[0].narration == "{hook}"
    assert marked.scenes[0].title == "{product}"
    assert marked.brief.startswith("{product} is a desk lamp")
    assert marked.scenes[0].claims == ()
    assert set(blanks(marked)) == {"product", "hook"}


@pytest.mark.parametrize(("name", "text"), [("Product!", "Lumen"), ("price", "99 euros"), ("", "Lumen"), ("a", " ")])
def test_what_cannot_be_a_blank_is_refused(lamp, name, text):
    with pytest.raises(BadInput):
        mark(lamp, {name: text})


def test_values_are_put_in_once_and_braces_in_them_stay(lamp):
    marked = mark(lamp, {"product": "Lumen", "price": "79 euros"})
    done = fill(marked, {"product": "{price}", "price": "9 dollars"})
    assert done.plan.scenes[0].narration == "Meet {price}."
    assert done.plan.scenes[1].narration == "Only 9 dollars."


def test_a_longer_line_makes_its_scene_longer_and_says_so(lamp):
    marked = mark(lamp, {"hook": "Meet Lumen."})
    line = "Meet the lamp that follows the light of the evening all by itself, quietly."
    done = fill(marked, {"hook": line})
    assert done.plan.scenes[0].seconds >= done.plan.scenes[0].needs_seconds > 2.5
    assert len(done.notes) == 1 and "Scene 1" in done.notes[0]


def test_what_does_not_fit_is_said_of_its_blank(lamp):
    marked = mark(lamp, {"hook": "Meet Lumen.", "product": "Lumen"})
    assert [f.blank for f in fill(marked, {"hook": " ", "product": "A"}).faults] == ["hook"]
    endless = fill(marked, {"hook": "word " * 70, "product": "A"}).faults
    assert [f.blank for f in endless] == ["hook"] and "longer than 20 s" in endless[0].message
    assert [f.blank for f in fill(marked, {"hook": "A", "product": "n" * 90}).faults] == ["product", "product"]


# Tables


def read(lamp, text):
    marked = mark(lamp, {"product": "Lumen", "price": "79 euros"})
    return sheets.read(marked, text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize(
    "data",
    [
        "product,price\nAster,12 euros\nBrio,15 euros\n",
        "\ufeffProduct;Price;\nAster;12 euros\n\nBrio;15 euros\n",
        '{product}\tPRICE\n"Aster"\t12 euros\nBrio\t15 euros',
        "product,price\r\nAster,12 euros\r\nBrio,15 euros\r\n".encode("utf-16"),
    ],
)
def test_tables_of_every_spreadsheet_are_read(lamp, data):
    found = read(lamp, data)
    assert not found.problems
    assert [values["product"] for _, values in found.rows] == ["Aster", "Brio"]


def test_letters_of_the_western_code_page_are_read(lamp):
    assert read(lamp, "product,price\nCafé,12 €\n".encode("cp1252")).rows[0][1] == {"product": "Café", "price": "12 €"}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("", "empty"),
        ("product\nAster\n", "lacks the column price"),
        ("product,price\n", "no rows"),
        ("product,price,price\nA,1,2\n", "twice"),
        ("product,price\n" + "A,1\n" * 101, "101 rows"),
        (b"PK\x03\x04 a workbook", "save it as CSV"),
        (b"product,price\n\x00\x00", "not a CSV"),
        (b"a" * 1_000_001, "more than 1 MB"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(lamp, data, says):
    found = read(lamp, data)
    assert found.is_refused and says in found.problems[0].message


def test_each_problem_names_its_row_and_column(lamp):
    found = read(lamp, "product,price,colour,title\nA,,red,x\nB,2\nC,3,blue,x,more\n" + "n" * 90 + ",4,red,\n")
    assert {(p.row, p.column) for p in found.problems} == {(1, "price"), (3, ""), (4, "product")}
    assert found.ignored == ("colour",)
    assert found.bad_rows == {1, 3, 4}


@pytest.mark.parametrize("text", ["=1+1", "-20%", "@sum", "＝1", "'=1", "''=1", "'quoted'", 'a "b", c'])
def test_what_is_written_into_a_table_is_no_formula_and_is_read_as_it_was(lamp, text):
    table = example(("product", "price"), {"product": text, "price": "1 euro"})
    assert not table.splitlines()[1].lstrip('"').startswith(tuple("=+-@＝＋－＠"))
    assert read(lamp, table).rows[0][1]["product"] == text


# Kept


def test_a_template_needs_a_blank(studio, project):
    with pytest.raises(BadInput):
        templates.save(studio, OWNER, project, revision=1, title="", marks={}, by="local")


def test_braces_written_into_a_plan_are_blanks_too(studio, lamp):
    made = projects.create(studio, OWNER, title="", brief=lamp.brief)
    scene = lamp.scenes[0].but(narration="Meet {product}.")
    plan = lamp.but(scenes=(scene, lamp.scenes[1]))
    planning.save(studio, OWNER, made.id, plan, author="a test", reason="first", base=None)
    assert templates.save(studio, OWNER, made.id, revision=1, title="", marks={}, by="local").blanks == ("product",)


def test_the_example_of_a_template_can_be_read_against_it(studio, template):
    found = templates.sheet(studio, OWNER, template.id, templates.example(template).encode())
    assert not found.problems and found.rows[0][1] == {"product": "Lumen", "price": "79 euros"}


def test_a_template_is_its_owners(studio, template):
    with pytest.raises(NotFound):
        templates.get(studio, "somebody else", template.id)
    templates.delete(studio, "somebody else", template.id)
    assert templates.listing(studio, OWNER)
    templates.delete(studio, OWNER, template.id)
    assert not templates.listing(studio, OWNER)


def test_the_pictures_of_a_template_outlive_the_film_it_came_from(studio, project):
    path = studio.storage.scratch("uploads") / "logo.jpg"
    path.write_bytes(b"a picture")
    blob = studio.storage.put(path)
    image = intake.add_asset(studio, OWNER, project, "image", blob=blob, name="logo.jpg")
    edit = ChangeSource(scene="aaaa", source=Source(kind="image", asset=image.id))
    planning.edit(studio, OWNER, project, [edit], base=1, author="you")
    kept = templates.save(studio, OWNER, project, revision=2, title="", marks={"product": "Lumen"}, by="local")
    projects.delete(studio, OWNER, project)
    old = time.time() - 3 * 86_400
    os.utime(studio.storage.path(blob), (old, old))
    retention.sweep(studio, dry_run=False)
    assert kept.files == 1 and studio.storage.has(blob)
    batch = batches.make(studio, OWNER, kept.id, b"product\nAster\n", title="", by="local")
    item = batches.get(studio, OWNER, batch, by="local").items[0]
    source = planning.current(studio, OWNER, item.project_id).plan.scene("aaaa").source
    assert projects.get(studio, OWNER, item.project_id).images[0].id == source.asset


# On the page


def test_a_template_is_saved_filled_and_approved_on_the_pages(studio, project):
    from tests.test_pages import errors, visit, words

    app = visit("studio", project=project)
    app.session_state["tabs"] = "Versions"
    app.run()
    app.button(key="save_template").click().run()
    names = {box.key: box.label for box in app.checkbox if box.key.startswith("mark_")}
    assert any("Lumen" in label for label in names.values())
    app.text_area(key="mark_more").set_value("who = people who read late")
    app.button(key="template_save").click().run()
    assert not errors(app)
    kept = templates.listing(studio, OWNER)[0]
    assert set(kept.blanks) == {"product", "price", "hook", "who"}
    app = visit("templates", template=kept.id)
    table = b"product,price,hook,who\nAster,9 euros,Hello.,cooks\nBrio,,Hello.,cooks\n"
    app.file_uploader[0].upload("rows.csv", table, "text/csv").run()
    assert "Row 2, price" in words(app).replace("\\", "")
    assert app.button(key="make_batch").disabled
    app.checkbox(key="skip_bad").check().run()
    app.button(key="make_batch").click().run()
    assert not errors(app)
    app.button(key="batch_approve").click().run()
    assert not errors(app)
    found = batches.get(studio, OWNER, batches.listing(studio, OWNER)[0][0], by="local")
    assert found.state == "approved" and len(found.items) == 1


def test_variants_are_made_on_the_page(studio, project):
    from tests.test_pages import errors, visit

    app = visit("studio", project=project)
    app.session_state["tabs"] = "Versions"
    app.run()
    app.button(key="make_variants").click().run()
    app.text_area(key="variants_hooks").set_value("Meet Lumen.\nRead on.")
    app.button(key="variants_make").click().run()
    assert not errors(app)
    assert batches.listing(studio, OWNER)[0][3] == 2
