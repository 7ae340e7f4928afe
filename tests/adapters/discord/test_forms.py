from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.discord import forms
from adapters.discord.settings_panel import settings_form
from adapters.discord.shown import Shown
from core.types import new_id
from tests.fakes.discord_doors import fields_of, options_in
from tests.fakes.discord_rules import breaches, needs_definition

SHOWN = st.builds(lambda number, caption: Shown(new_id(), number, caption), st.text(), st.text())


def three() -> tuple[forms.Option, ...]:
    return forms.options_of([Shown(new_id(), str(n), f"fox {n}") for n in (5, 6, 7)])


def check_limits(form: dict[str, Any]) -> None:
    assert len(form["title"]) <= 45
    assert 1 <= len(form["components"]) <= 5
    for label in form["components"]:
        assert len(label["label"]) <= 45
        assert len(label.get("description", "")) <= 100
    for field in fields_of(form).values():
        assert len(field["custom_id"]) <= 100
        assert len(field.get("value", "")) <= 4000 and len(field.get("placeholder", "")) <= 100
        assert len(field.get("options", ())) <= 25
        for option in field.get("options", ()):
            assert len(option["label"]) <= 100 and len(option["value"]) <= 100
            assert len(option.get("description") or "") <= 100


def test_one_picture_is_named_in_the_title_and_not_asked_for() -> None:
    form = forms.edit_form("easel:form-edit:x", three()[:1]).to_dict()

    assert form["title"] == "Edit: picture 5"
    assert "which" not in fields_of(form)


def test_of_several_pictures_the_first_is_chosen_already() -> None:
    which = fields_of(forms.region_form("easel:form-region:x", three()).to_dict())["which"]

    assert options_in(which) == [
        ("Picture 5", "fox 5"), ("Picture 6", "fox 6"), ("Picture 7", "fox 7"),
    ]  # fmt: skip
    assert [bool(option.get("default")) for option in which["options"]] == [True, False, False]


def test_a_mask_may_be_left_out() -> None:
    fields = fields_of(forms.region_form("easel:form-region:x").to_dict())

    assert fields["mask"]["required"] is False


def test_a_long_prompt_is_prefilled_as_far_as_the_field_goes() -> None:
    form = forms.prompt_form("easel:form-prompt:x", "word " * 1000).to_dict()

    assert len(fields_of(form)["words"]["value"]) == 2000


def test_settings_stand_as_they_are_now() -> None:
    form = settings_form("channel", {"count": "3", "spoiler": "on", "press": "nobody"}).to_dict()

    chosen = {
        key: [o["value"] for o in field["options"] if o["default"]]
        for key, field in fields_of(form).items()
    }
    assert chosen == {
        "count": ["3"], "rewrite": ["unset"], "aspect": ["unset"], "press": ["unset"], "spoiler": ["on"],
    }  # fmt: skip


async def test_a_form_is_kept_in_no_memory() -> None:
    assert forms.tell_form("easel:form-tell:x").is_finished()


@given(st.lists(SHOWN, max_size=12), st.text(max_size=3000))
def test_no_form_breaks_a_limit_of_discord(shown: list[Shown], words: str) -> None:
    options = forms.options_of(shown)

    for form in (
        forms.edit_form("easel:form-edit:x", options),
        forms.region_form("easel:form-region:x", options),
        forms.reference_form("easel:form-reference:x", options),
        forms.prompt_form("easel:form-prompt:x", words),
        forms.tell_form("easel:form-tell:x"),
    ):
        check_limits(form.to_dict())


@needs_definition
def test_every_form_keeps_to_discords_own_definition() -> None:
    made = [
        forms.edit_form("easel:form-edit:x", three()),
        forms.region_form("easel:form-region:x", three()),
        forms.reference_form("easel:form-reference:x", three()),
        forms.which_form("easel:form-which:x", "Refine", three()),
        forms.prompt_form("easel:form-prompt:x", "a fox"),
        forms.tell_form("easel:form-tell:x"),
        settings_form("me", {}),
        settings_form("server", {"count": "2"}),
    ]

    for form in made:
        body = {"type": 9, "data": form.to_dict()}
        assert breaches("POST", "/interactions/1/token/callback", body) == []
