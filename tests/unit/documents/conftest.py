"""What tests of documents share."""

from pathlib import Path

import pytest

from tests.data.office_files import office_files


@pytest.fixture(scope="session")
def office(request: pytest.FixtureRequest) -> Path:
    """A folder of documents that LibreOffice has written, kept from one run to the next."""
    cache = request.config.cache
    assert cache is not None
    return office_files(Path(cache.mkdir("office")))
