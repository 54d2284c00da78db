"""A browser for the tests of pages, and tabs that must have nothing to complain about."""

import shutil

import pytest
from pages import Opened

SWITCHES = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run"


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES.split())
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, tmp_path):
    tabs = []

    def open_page(made, fragment="", **settings):
        tabs.append(Opened(browser, made, tmp_path / f"page{len(tabs)}.html", fragment, **settings))
        return tabs[-1]

    yield open_page
    for each in tabs:
        each.context.close()
        assert each.complaints == []
