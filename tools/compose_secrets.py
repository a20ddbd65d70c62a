"""Make the passwords that docker-compose.yml mounts, once: `python3 -m tools.compose_secrets`. Needs nothing installed.

A file for each container, of lines NAME=value. The broker's keys of the live profile are written into its executor's
file by hand, and so is whatever else only live shall have.
"""

from __future__ import annotations

import secrets
from pathlib import Path

FOLDER = Path(".secrets")
SERVICES = ("signal-gateway", "risk", "executor", "position-manager", "audit", "api-gateway")
BUS_USERS = (*SERVICES, "provision")

KEYS = {
    "paper": "ALPACA_API_KEY=paper\nALPACA_API_SECRET=paper\nTRADIER_TOKEN=\nTRADIER_ACCOUNT=\nPOLYGON_API_KEY=\n",
    "live": "ALPACA_LIVE_API_KEY=\nALPACA_LIVE_API_SECRET=\nTRADIER_LIVE_TOKEN=\nTRADIER_LIVE_ACCOUNT=\n"
    "LIVE_CONFIRM=\nPOLYGON_API_KEY=\n",
}
"""The executor's alone; the paper exchange opens the account `paper` for this pair."""

SECOND = "executor-second"
"""The executor of a second account beside paper; the paper exchange opens the account `growth` for this pair."""

SECOND_KEYS = KEYS["paper"].replace("=paper", "=growth")


def files(profile: str) -> dict[str, str]:
    """Give each file of a profile with fresh passwords."""
    # The server reads a variable's value as it reads its configuration, where what begins with a digit is a number.
    bus = {user: f"p{secrets.token_hex(24)}" for user in BUS_USERS}
    superuser, writer = secrets.token_hex(24), secrets.token_hex(24)
    database = f"DATABASE_URL=postgresql://audit_writer:{writer}@postgres:5432/postgres\n"
    made = {user: f"NATS_URL=nats://{user}:{bus[user]}@nats:4222\n" for user in BUS_USERS}
    made["nats"] = "".join(f"NATS_PASSWORD_{user.replace('-', '_').upper()}={bus[user]}\n" for user in BUS_USERS)
    made["audit"] += database
    made["migrate"] = f"{database}DATABASE_ADMIN_URL=postgresql://postgres:{superuser}@postgres:5432/postgres\n"
    made["postgres"] = superuser
    made["executor"] += KEYS[profile]
    if profile == "paper":
        made[SECOND] = made["executor"].replace(KEYS[profile], SECOND_KEYS)
    made["api-gateway"] += f"TRADING_API_KEY={secrets.token_hex(24)}\n"
    return made


def write(folder: Path, profile: str) -> bool:
    """Write a profile's files unless they are there; say whether they were written."""
    place = folder / profile
    if place.exists():
        return False
    # Containers run as another user and read single files; nobody else comes past the folder.
    folder.mkdir(mode=0o700, exist_ok=True)
    part = folder / f"{profile}.part"
    part.mkdir(mode=0o755, exist_ok=True)
    for name, text in files(profile).items():
        file = part / name
        file.write_text(text, encoding="ascii")
        file.chmod(0o644)
    part.rename(place)
    return True


def main() -> None:
    for profile in KEYS:
        place = FOLDER / profile
        print(f"{place}: {'made' if write(FOLDER, profile) else 'is there already'}")


if __name__ == "__main__":
    main()
