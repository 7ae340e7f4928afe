"""What holds for all tests: hypothesis draws the same examples every time, so that a red run can be repeated.

To search for new ones: `HYPOTHESIS_PROFILE=search pytest tests/core`.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "steady",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("search", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
