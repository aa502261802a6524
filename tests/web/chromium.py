"""Where the browser of these tests is."""

from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
IN_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="a browser: install Chromium (apt-get install chromium)"),
]
