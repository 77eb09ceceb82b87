"""What only a real browser shows."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import NARROW, WIDE, Look, assert_accessible, assert_presentable
from tests.web.pages import PAGES


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_page_is_presentable_wide_and_narrow_light_and_dark(
    look: Look, origin: str, address: str, width: int
) -> None:
    assert_presentable(look(origin + address, width=width, status=PAGES[address]))


@pytest.mark.parametrize("address", PAGES)
def test_without_a_script_nothing_that_needs_one_is_shown(look: Look, origin: str, address: str) -> None:
    page = look(origin + address, script=False, status=PAGES[address])

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert [each for each in page.locator(".needs-script").all() if each.is_visible()] == []


def test_without_a_script_a_dialog_opens_by_its_address_and_closes(look: Look, origin: str) -> None:
    page = look(origin + "/style", script=False)

    page.get_by_role("link", name="Open a dialog").click()
    expect(page.locator("#modal")).to_be_visible()
    page.locator("#modal").get_by_role("link", name="Not now").click()

    expect(page.locator("#modal")).to_be_hidden()


def test_a_dialog_takes_the_focus_and_gives_it_back(look: Look, origin: str) -> None:
    page = look(origin + "/style")
    opener = page.get_by_role("link", name="Open a dialog")

    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Send the steps")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")

    expect(page.locator("#modal")).to_be_hidden()
    expect(opener).to_be_focused()


def test_deleting_waits_for_the_exact_name(look: Look, origin: str) -> None:
    page = look(origin + "/style")
    page.get_by_role("link", name="Delete warehouse").click()
    name = page.get_by_label("Type sales-eu.2 to confirm")
    expect(name).to_be_focused()

    for typed, is_right in (("", False), ("Sales-eu.2", False), ("sales-eux2", False), ("sales-eu.2", True)):
        name.fill(typed)
        assert name.evaluate("field => field.checkValidity()") is is_right


def test_the_first_tab_stop_skips_to_the_content(look: Look, origin: str) -> None:
    page = look(origin + "/style")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()


def test_every_stop_of_the_keyboard_shows_where_it_is(look: Look, origin: str) -> None:
    page = look(origin + "/style", reduced_motion="reduce")

    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate(
            """() => {
              const e = document.activeElement;
              const marks = [getComputedStyle(e), getComputedStyle(e, '::after')];
              const isMarked = marks.some(m => m.outlineStyle !== 'none' && parseFloat(m.outlineWidth) >= 2);
              return e === document.body || isMarked;
            }"""
        ), page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_a_key_opens_the_list_of_places_and_typing_finds_one(look: Look, origin: str, keys: str) -> None:
    page = look(origin + "/style")

    page.keyboard.press(keys)
    page.keyboard.type("data f")

    places = page.get_by_role("dialog").get_by_role("listitem")
    expect(places).to_have_text([re.compile("Data flows")])
    page.keyboard.type("xyz")
    expect(page.get_by_text("No place has that name")).to_be_visible()


def test_a_slash_in_a_field_is_a_slash(look: Look, origin: str) -> None:
    page = look(origin + "/style")

    page.get_by_label("Name").fill("")
    page.get_by_label("Name").press("/")

    expect(page.get_by_label("Name")).to_have_value("/")
    expect(page.locator("#go-to")).to_be_hidden()


def test_copying_says_so_and_copies(look: Look, origin: str) -> None:
    page = look(origin + "/", permissions=["clipboard-read", "clipboard-write"])

    page.get_by_role("button", name="Copy").first.click()

    expect(page.locator("#announcements")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "oneclick load sales.csv"


def test_chosen_colours_stay_and_can_be_given_back(look: Look, origin: str) -> None:
    page = look(origin + "/style")
    light = background(page)

    choose_colours(page, "Dark")
    dark = background(page)
    page.reload()
    kept = background(page)
    choose_colours(page, "As the system")

    assert light != dark == kept
    assert background(page) == light


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


def choose_colours(page: Page, name: str) -> None:
    page.get_by_label("Account of Ada Muster").click()
    page.get_by_role("button", name=name).click()


def test_a_menu_closes_by_escape_and_by_a_click_elsewhere(look: Look, origin: str) -> None:
    page = look(origin + "/style")
    account, entry = page.get_by_label("Account of Ada Muster"), page.get_by_role("link", name="Your account")

    account.click()
    expect(entry).to_be_visible()
    page.keyboard.press("Escape")
    expect(entry).to_be_hidden()
    expect(account).to_be_focused()

    account.click()
    page.get_by_role("heading", level=1).click()
    expect(entry).to_be_hidden()


def test_a_form_is_sent_once_however_often_it_is_clicked(look: Look, origin: str) -> None:
    page = look(origin + "/style")
    sent: list[str] = []
    page.route("**/style", lambda route: (sent.append(route.request.method), route.abort())[1])

    with page.expect_request("**/style"):
        page.get_by_role("button", name="Save").dblclick()
    page.wait_for_timeout(200)  # in which a second one would come

    assert sent == ["POST"]


def test_times_go_on_and_tell_the_exact_one(look: Look, origin: str) -> None:
    page = look(origin + "/style", timezone_id="Asia/Tokyo", locale="en-GB")

    time = page.locator("aside time").nth(1)
    expect(time).to_have_text("5 minutes ago")
    expect(time).to_have_attribute("title", re.compile(r"GMT\+9$"))


def test_motion_stops_where_it_is_not_wanted(look: Look, origin: str) -> None:
    page = look(origin + "/", reduced_motion="reduce")

    running = page.evaluate("document.getAnimations().filter(a => a.playState === 'running').length")
    assert running == 0


def test_the_start_page_is_light(look: Look, origin: str) -> None:
    page = look(origin + "/nope", status=404)
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())))

    page.goto(origin + "/")
    page.wait_for_load_state("networkidle")

    assert sum(sizes) < 100_000
    assert len(sizes) <= 6
