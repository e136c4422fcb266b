# SPDX-License-Identifier: Apache-2.0
"""Accessibility of a page as it stands, in both colour schemes."""

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


#: Resolves when every transition that will end has ended: half-way colours are nobody's colours.
_SETTLED = """() => Promise.all(document.getAnimations()
    .filter(animation => animation.effect.getComputedTiming().endTime !== Infinity)
    .map(animation => animation.finished.catch(() => null)))"""


def check(page: Page) -> None:
    """No violation, light or dark."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.locator(f"html[data-mantine-color-scheme={scheme}]").wait_for()
        page.evaluate(_SETTLED)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"
