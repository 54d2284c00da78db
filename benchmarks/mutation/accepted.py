"""Mistakes that no test has to notice, each with its reason.

By the module, its line as it stands, and what stands for what: `before → after`.
"""

ACCEPTED: dict[tuple[str, str, str], str] = {}
