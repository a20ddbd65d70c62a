"""Write the NATS configuration of containers: `python -m tools.nats_conf > deploy/nats/nats.conf`."""

from __future__ import annotations

from chassis.permissions import PROVISIONER, configuration
from contracts.channels import SERVICES


def variable(user: str) -> str:
    """Name the variable of the server's environment that holds a user's password."""
    return f"NATS_PASSWORD_{user.replace('-', '_').upper()}"


def text() -> str:
    return configuration(
        {user: f"${variable(user)}" for user in (*SERVICES, PROVISIONER)},
        store="/data", listen="0.0.0.0:4222", monitor="127.0.0.1:8222", max_store="10GB",
    )  # fmt: skip


if __name__ == "__main__":
    print(text(), end="")
