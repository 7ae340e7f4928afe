"""The page in a real browser, with real clicks, on a fake desk."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from selenium.webdriver.common.keys import Keys

from tests.fakes.browser import MISSING, complaints, is_installed, open_browser
from tests.fakes.desk import NOTE
from tests.fakes.page import DROP_FILE, OVER, WITHOUT_NAME, Page
from tests.fakes.site import Site, open_site

pytestmark = pytest.mark.skipif(not is_installed(), reason=MISSING)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with open_browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with open_site(tmp_path) as opened:
        yield opened
        opened.release()


@pytest.fixture
def page(browser: Any, site: Site) -> Iterator[Page]:
    opened = Page(browser)
    opened.open(site.url)
    yield opened
    browser.get("about:blank")
    assert complaints(browser) == []


def test_a_message_is_answered_with_numbered_pictures_that_have_alt_text(page: Page) -> None:
    page.say("four cats in the snow")

    pictures = page.until(lambda: len(page.painted()) == 4 and page.painted())
    assert [picture.get_attribute("alt") for picture in pictures] == ["four cats in the snow"] * 4
    assert page.numbers() == ["1", "2", "3", "4"]
    assert page.current() == "1"
    assert page.all(".bubble")[0].text == "four cats in the snow"
    assert page.browser.title == "four cats in the snow · Easel"


def test_an_example_is_painted_with_one_click(page: Page) -> None:
    page.click(".example")

    page.find(OVER)
    assert page.all(".bubble")[0].text == "a cute dog near a river"


def test_every_button_of_a_picture_does_what_it_says(page: Page, site: Site) -> None:
    page.say("two cats")

    page.click('.answer [data-verb="vary"]', 1)
    page.find(OVER, 2)
    page.click('.answer [data-verb="select"]', 3)
    page.find(OVER, 3)
    page.click('.answer [data-verb="refine"]', 3)
    page.find(OVER, 4)
    page.click('.answer [data-verb="again"]', 0)
    page.find(OVER, 5)

    presses = [i.press for i in site.desk.received if i.press]
    assert [press.verb for press in presses] == ["vary", "select", "refine", "again"]
    assert [pill.text for pill in page.all(".pressed")] == [
        "Vary picture 2", "Select picture 4", "Refine picture 4", "Again picture 1"
    ]  # fmt: skip
    assert len(page.find(".tree .node")) == 2 + 4 + 1 + 1


def test_select_marks_the_picture_everywhere(page: Page) -> None:
    page.say("two cats")

    page.click('.answer [data-verb="select"]', 1)

    page.until(lambda: page.current() == "2")
    assert page.all('.answer [data-verb="select"]')[1].get_attribute("aria-pressed") == "true"
    assert page.all(".tree .node.is-current b")[0].text == "2"


def test_edit_takes_words_beside_the_picture(page: Page) -> None:
    page.say("a cat")

    page.click('.answer [data-verb="edit"]')
    page.key("make it night")
    page.key(Keys.ENTER)
    page.find(OVER, 2)

    assert page.all(".pressed")[0].text == "Edit picture 1: make it night"
    assert page.all(".tree .node-verb")[1].text.split("\n")[:2] == ["2", "Edit of 1"]


def test_details_show_all_that_determines_the_picture(page: Page) -> None:
    page.say("a cat")
    page.say("make it a dog", turns=2)

    page.click('.answer [data-verb="details"]', 1)
    drawer = page.find("dialog.drawer[open]")[0]

    facts = dict(
        zip([t.text for t in page.all("dt")], [d.text for d in page.all("dd")], strict=True)
    )
    assert page.all(".prompt")[0].text == "make it a dog"
    assert facts["Seed"] == "2"
    assert facts["Scheduler"] == "DDIMScheduler"
    assert facts["Technique"] == "Picture to picture"
    assert facts["Parent"] == "Picture 1 (Edit)"
    assert [word.text for word in page.all(".prompt del")] == ["cat"]
    assert [a.get_attribute("href").rpartition("?")[2] for a in page.all(".downloads a")][
        0
    ] == "download=png"
    page.key(Keys.ESCAPE)
    page.until(lambda: not drawer.is_displayed())


def test_cancel_stops_the_painting_and_retry_asks_again(page: Page, site: Site) -> None:
    site.hold()
    page.type("a cat")
    page.find(".placeholder.sketched")
    assert "step 4 of 8" in page.find(".progress-words")[0].text

    page.click(".progress-card button")
    page.find('.turn[data-state="cancelled"]')
    site.release()
    page.click(".ending button")

    page.find('.turn[data-state="done"]')
    assert [bubble.text for bubble in page.all(".bubble")] == ["a cat", "a cat"]
    assert not page.all(".progress-card")


def test_a_failed_turn_says_why(page: Page) -> None:
    page.say("please fail")

    assert "It broke after 2 tries" in page.find(".ending.failed")[0].text


def test_a_note_on_a_turn_that_went_well_is_shown_and_is_no_failure(page: Page) -> None:
    page.say("a vast cat")

    assert [note.text for note in page.find(".note")] == [NOTE]
    assert not page.all(".ending")


def test_what_left_the_view_of_a_long_conversation_still_works(page: Page, site: Site) -> None:
    page.say("two cats")
    for number in range(60):
        site.post(page.conversation(), f"hello {number}")
    page.until(lambda: page.all(".bubble")[-1].text == "hello 59")
    page.find(OVER, 61)

    page.click('.answer [data-verb="details"]', 1)
    page.until(lambda: page.find("#details-title")[0].text == "Picture 2")
    page.key(Keys.ESCAPE)
    page.click('.answer [data-verb="vary"]', 0)
    page.find(".answer [data-picture]", 2 + 4)
    page.browser.refresh()

    page.find(".turn", 50)
    assert len(page.find(".tree .node")) == 2 + 4


def test_the_answers_text_is_shown_as_text_and_never_as_markup(page: Page) -> None:
    page.say("<img src=x onerror=alert(1)> **a cat**")

    assert page.all(".bubble")[0].text == "<img src=x onerror=alert(1)> **a cat**"
    assert not page.all(".text img, .bubble img, .turn [onerror]")


def test_a_list_in_an_answer_is_a_list(page: Page) -> None:
    page.say("hello")

    assert [item.text for item in page.find(".text li")] == [
        "a cute dog near a river",
        "make it night",
    ]
    assert page.all(".text strong")[0].text == "conversation"


def test_files_are_added_by_picker_and_by_drop_and_sent_with_the_words(
    page: Page, tmp_path: Path, site: Site
) -> None:
    file = tmp_path / "picked.png"
    Image.new("RGB", (40, 40), "teal").save(file)

    page.find("input[type=file]")[0].send_keys(str(file))
    page.browser.execute_script(DROP_FILE, base64.b64encode(file.read_bytes()).decode())
    assert [chip.text for chip in page.find(".chip-words", 2)] == ["picked.png", "dropped.png"]
    page.say("make it night")

    assert [a.name for a in site.desk.received[0].attachments] == ["picked.png", "dropped.png"]
    assert len(page.all(".uploads .open img")) == 2
    assert page.numbers() == ["3"]
    assert not page.all(".chip")


def test_a_picture_can_be_talked_about(page: Page) -> None:
    page.say("two cats")

    page.browser.execute_script("arguments[0].click()", page.all(".answer .reply")[1])
    assert page.find(".chip-words")[0].text == "About picture 2"
    page.say("give it a hat", turns=2)

    assert page.all(".about")[0].text == "Picture 2"
    assert page.all(".tree .node-verb")[2].text.split("\n")[:2] == ["3", "Edit of 2"]


def test_a_refused_message_comes_back_into_the_field(page: Page) -> None:
    text = "a cat " * 900
    page.browser.execute_script(
        "const field = document.getElementById('composer-text'); field.value = arguments[0];"
        "field.dispatchEvent(new Event('input'))", text.strip()
    )  # fmt: skip

    page.click(".send")

    assert "longer than 4000 characters" in page.find(".notice")[0].text
    assert page.all("#composer-text")[0].get_property("value") == text.strip()
    assert not page.all(".turn")
    assert any("413" in complaint for complaint in complaints(page.browser))


def test_words_not_sent_yet_survive_a_reload(page: Page) -> None:
    page.find("#composer-text")[0].send_keys("half a thou")

    page.browser.refresh()

    assert page.find("#composer-text")[0].get_property("value") == "half a thou"


def test_the_page_comes_back_by_itself_and_sends_what_waited(page: Page, site: Site) -> None:
    page.say("a cat")

    site.stop()
    page.until(lambda: "trying again" in page.all("#connection")[0].text)
    page.type("hello")
    page.find(".unsent")
    site.start()

    page.find(OVER, 2)
    page.until(lambda: page.all("#connection")[0].text == "")
    assert [i.text for i in site.desk.received] == ["a cat", "hello"]
    complaints(page.browser)


def test_a_reload_half_way_shows_the_turn_and_its_end(page: Page, site: Site) -> None:
    site.hold()
    page.type("a cat")
    page.find(".progress-card")

    page.browser.refresh()
    page.find(".progress-card button")
    site.release()

    page.find(OVER)
    assert len(page.until(page.painted)) == 1


def test_the_keyboard_is_enough(page: Page) -> None:
    page.say("two cats")
    page.browser.execute_script("document.activeElement.blur()")

    page.key("/")
    field = page.all("#composer-text")[0]
    assert page.browser.switch_to.active_element == field
    field.send_keys("one", Keys.SHIFT + Keys.ENTER, Keys.NULL, "two")
    assert field.get_property("value") == "one\ntwo"

    page.browser.execute_script("document.querySelector('.answer .open').focus()")
    page.key(Keys.ENTER)
    words = page.find("dialog.lightbox[open] .lightbox-words")[0]
    assert words.text == "Picture 1: two cats"
    page.key(Keys.ARROW_RIGHT)
    assert words.text == "Picture 2: two cats"
    page.key(Keys.ESCAPE)
    page.until(lambda: not page.all("dialog[open]"))


def test_the_tree_leads_to_its_picture(page: Page) -> None:
    page.say("four cats")
    page.click('.answer [data-verb="vary"]', 2)
    page.find(OVER, 2)

    page.click(".tree .node-open", 0)

    page.find(".turn [data-picture].flash")
    focused = page.browser.execute_script(
        "return document.activeElement.querySelector('.badge').textContent"
    )
    assert focused == "1"


def test_dark_follows_the_system_until_one_chooses(page: Page) -> None:
    light = page.colour()
    page.prefer("dark")
    dark = page.colour()

    page.click("#theme")
    chosen = page.colour()
    page.browser.refresh()
    page.find(".welcome")

    assert light != dark
    assert chosen == page.colour() == light
    page.browser.execute_script("localStorage.clear()")


def test_a_phone_shows_everything_without_scrolling_sideways(page: Page) -> None:
    page.resize(360, 640)
    page.say("four cats")

    assert page.browser.execute_script("return document.documentElement.scrollWidth") == 360
    assert not page.all("#versions")[0].is_displayed()
    page.click("#show-versions")
    page.find("#versions .node", 4)
    page.until(lambda: page.all("#versions")[0].is_displayed())
    page.click("#versions .node-open")
    page.until(lambda: not page.all("#versions")[0].is_displayed())
    tops = "return [...document.querySelectorAll('.answer .picture')].map((node) => node.offsetTop)"
    assert len(set(page.browser.execute_script(tops))) == 2  # two rows of two


def test_conversations_are_kept_apart_and_found_again(page: Page) -> None:
    page.say("a cat")

    page.click(".new-conversation")
    page.find(".welcome")
    page.say("hello")
    page.find(".conversation-link", 2)
    page.click(".conversation-link:not([aria-current])")

    page.until(lambda: [bubble.text for bubble in page.all(".bubble")] == ["a cat"])
    assert page.all(".conversation-link[aria-current]")[0].text == "a cat"


def test_everything_has_a_name_and_answers_are_read_out(page: Page) -> None:
    page.say("a cat")
    page.say("hello", turns=2)

    assert page.browser.execute_script(WITHOUT_NAME) == []
    spoken = page.browser.execute_script("return document.getElementById('announcer').textContent")
    assert spoken.startswith("Hello! I paint by")


def test_a_token_does_not_stay_in_the_address(page: Page, site: Site) -> None:
    page.browser.get(f"{site.url}/?token=a-token-that-nobody-guesses")
    page.find(".welcome")

    assert "token" not in page.browser.current_url
