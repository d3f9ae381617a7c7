"""One bundle of the founded house and its anchor."""

from __future__ import annotations

import pytest

from keys.bundle_signing import export_bundle
from keys.certificates import sha256_hex
from keys.custody import KeyStore
from keys.roles import Role
from tests.unit.keys.conftest import bundle_of


@pytest.fixture(scope="module")
def sealed(house: KeyStore) -> bytes:
    return export_bundle(house, bundle_of(house))


@pytest.fixture(scope="module")
def anchor(house: KeyStore) -> str:
    return sha256_hex(house.certificate(Role.ROOT))
