"""The houses of the unit tests, for whole ways through the house."""

from tests.unit.api.conftest import issued_kit, issued_template, kit, open_kit, template

__all__ = ["issued_kit", "issued_template", "kit", "open_kit", "template"]
