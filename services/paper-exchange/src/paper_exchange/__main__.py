"""`python -m paper_exchange`: the exchange as a process."""

import asyncio
import os
import sys

from chassis.settings import SettingsError, load
from exchange.journal import JournalError
from paper_exchange.floor import Floor
from paper_exchange.serving import serve
from paper_exchange.settings import Settings


def _begun(floor: Floor, place: str) -> None:
    sys.stdout.write(f"paper-exchange listens on http://{place}\n")
    sys.stdout.write(f"faults: {floor.mishaps.faults.plan if floor.mishaps.faults.on else 'none'}\n")
    sys.stdout.flush()


def main() -> None:
    try:
        asyncio.run(serve(load(Settings), _begun))
    except (JournalError, OSError) as error:
        sys.exit(f"paper-exchange: {error}")
    except (SettingsError, ValueError) as error:
        sys.stderr.write(f"paper-exchange: {error}\n")
        # By this code a supervisor knows that another attempt would end in the same way.
        sys.exit(os.EX_CONFIG)


if __name__ == "__main__":
    main()
