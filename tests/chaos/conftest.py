"""The whole stack, as in the integration tests."""

from tests.integration.conftest import stack

__all__ = ["stack"]
