import re
from pathlib import Path

import lucide
import pytest
from django import forms
from django.template import Context, engines
from django.template.loader import get_template

import oneclick

SOURCE = Path(oneclick.__file__).parent
TEMPLATES = sorted(path for path in SOURCE.rglob("*.html") if "templates" in path.parts)
MAILS = {"mail.html"}
"""Read in mail programs, which have neither our style sheet nor our security policy."""
STYLE_SHEET = SOURCE / "web" / "static" / "web" / "app.css"


class Form(forms.Form):
    name = forms.CharField(label="Name", help_text="Small letters.")
    note = forms.CharField(label="Note", required=False)
    tier = forms.ChoiceField(label="Plan", choices=[("a", "Basic")], widget=forms.RadioSelect)


def render(source: str, **context: object) -> str:
    template = engines["django"].from_string("")
    template.template = _compiled(source)
    return str(template.template.render(Context(context)))


def _compiled(source: str) -> object:
    from django.template import Engine, Template
    from django_cotton.compiler_regex import CottonCompiler

    return Template(CottonCompiler().process(source), engine=Engine.get_default())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: "/".join(path.parts[path.parts.index("templates") + 1 :]))
def test_a_template_compiles_and_leaves_scripts_and_styles_to_files(path: Path) -> None:
    text = path.read_text()

    get_template(str(path.relative_to(next(up for up in path.parents if up.name == "templates"))))
    style = r"<script" if path.name in MAILS else r"<style|\sstyle="
    assert not re.search(rf"{style}|<script(?![^>]*\bsrc=)|\son[a-z]+=|javascript:|\shx-on|https?://", text)


def test_every_icon_exists() -> None:
    named = re.compile(r"""(?:<c-icon[^>]*\bname|\bicon)=["']([a-z0-9-]+)["']""")
    sources = [*TEMPLATES, *SOURCE.rglob("*.py")]

    for icon in {icon for path in sources for icon in named.findall(path.read_text())}:
        lucide._load_icon(icon)


def test_every_class_is_in_the_style_sheet() -> None:
    sheet = STYLE_SHEET.read_text()
    written = re.compile(r'\bclass="([^"]*)"')
    tags, made_up = re.compile(r"\{%.*?%\}"), re.compile(r"\S*\{\{.*?\}\}\S*")

    used = {
        name
        for path in TEMPLATES
        for classes in written.findall(path.read_text())
        for name in made_up.sub(" ", tags.sub(" ", classes)).split()
    }
    selectors = {name: re.sub(r"([^\w-])", r"\\\1", name) for name in used}
    unknown = {name for name, escaped in selectors.items() if not re.search(rf"\.{re.escape(escaped)}(?![\w-])", sheet)}
    assert not unknown, "a typing mistake, or the style sheet is old: make css"


@pytest.mark.parametrize(
    "source",
    [
        '<c-copy text="{{ evil }}" />',
        '<c-copy :text="evil" />',
        '<c-copy caption="{{ evil }}" text="x" />',
        '<c-badge state="ok">{{ evil }}</c-badge>',
        '<c-card title="{{ evil }}">x</c-card>',
        '<c-button href="/{{ evil }}">x</c-button>',
        '<c-field name="x" label="{{ evil }}" value="{{ evil }}" required="yes" />',
        '<c-confirm name="{{ evil }}" title="{{ evil }}" />',
        '<c-empty title="{{ evil }}" />',
        '<c-resource name="{{ evil }}" />',
        '<c-step answer="{{ evil }}">x</c-step>',
    ],
)
def test_what_people_wrote_is_escaped_once(source: str) -> None:
    html = render(source, evil="""<script>"a" & 'b'</script>""")

    assert "<script" not in html
    assert "&lt;script&gt;&quot;a&quot; &amp; &#x27;b&#x27;" in html
    assert "&amp;lt;" not in html


def test_a_field_ties_label_help_and_error_to_its_input() -> None:
    html = render('<c-field :field="form.name" />', form=Form({}))

    control = re.search(r"<input[^>]*>", html)
    assert control is not None
    assert 'aria-describedby="id_name_helptext id_name_error"' in control[0]
    assert 'aria-invalid="true"' in control[0]
    assert 'class="control"' in control[0]
    assert re.search(r'<label for="id_name">Name</label>', html)
    assert re.search(r'id="id_name_helptext">Small letters\.', html)
    assert "This field is required." in re.search(r'id="id_name_error".*?</p>', html, re.DOTALL)[0]


def test_help_from_the_template_is_tied_to_the_input_too() -> None:
    html = render('<c-field :field="form.note" help="For colleagues." />', form=Form())

    assert 'aria-describedby="id_note_helptext"' in html
    assert "optional" in html


def test_choices_are_a_group_with_a_legend() -> None:
    html = render('<c-field :field="form.tier" />', form=Form({}))

    assert re.search(r'<fieldset[^>]*aria-describedby="id_tier_error"', html)
    assert "<legend>Plan</legend>" in html


def test_a_field_without_a_form_says_the_same() -> None:
    html = render('<c-field name="x" label="Cap" help="In euros." error="Too low." type="number" value="3" min="1" />')

    assert 'aria-describedby="x_helptext x_error"' in html
    assert re.search(r'<input[^>]*type="number"[^>]*value="3"[^>]*min="1"', html)


def test_confirming_takes_the_exact_name_whatever_it_contains() -> None:
    html = render('<c-confirm name="{{ name }}" />', name="a.b (c)|d/e-f")

    assert r'pattern="a\.b \(c\)\|d\/e-f"' in html


def test_a_component_sees_nothing_of_its_page() -> None:
    assert "leaked" not in render('<c-card>x</c-card><c-badge /><c-copy text="x" />', title="leaked", caption="leaked")


def test_a_time_that_never_was_is_said_in_words() -> None:
    assert "never" in render('<c-time :at="at" />', at=None)
