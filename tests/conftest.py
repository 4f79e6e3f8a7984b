"""What every test shares."""

from hypothesis import HealthCheck, settings

# The same examples on every machine; no deadline, because tests here never assert on time.
settings.register_profile("reproducible", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", deadline=None, max_examples=2_000)
settings.load_profile("reproducible")
