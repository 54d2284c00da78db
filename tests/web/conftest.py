"""Tabs that must have nothing to complain about."""

import pytest
from pages import Opened


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
