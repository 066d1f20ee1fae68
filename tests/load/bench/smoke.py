#!/usr/bin/env python3
"""A short run of the load client against the system that CONFAB_GATEWAYS names.

Asks only whether every message came once and in order, never how fast: ./dev test runs it.
"""

import os
import pathlib
import sys
import tempfile

import seed
from clients import LoadClients
from errors import BenchError

LAYOUT = seed.Layout("smoke", users=6, rooms=2, members=4)


class System:
    confabctl = None

    def __init__(self):
        self.gateways = os.environ["CONFAB_GATEWAYS"].split()


def main(program):
    system = System()
    servers = [url.removeprefix("http://") for url in system.gateways]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        accounts = seed.seed(system, LAYOUT, folder / "accounts.csv")
        for dialect in ("socketio", "plain"):
            with LoadClients(program, folder / "log", servers, accounts, dialect=dialect) as load:
                talk(load, dialect)


def talk(load, dialect):
    load.connect()
    load.say("run rate=100 warm=0.2 seconds=1")
    load.hear("begin")
    load.hear("end")
    result = load.hear("result")
    page = load.ask("history clients=6 limit=10", "history")
    expect(not result["void"], f"the run is void: {result['why']}")
    expect(result["delivered"] == result["sent"] * LAYOUT.members, f"not delivered: {result}")
    expect(page["asked"] == LAYOUT.users and not page["failed"], f"history failed: {page}")
    print(f"{dialect}: {result['sent']} messages came to {LAYOUT.members} members each, once and "
          "in order")


def expect(holds, otherwise):
    if not holds:
        raise BenchError(otherwise)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except BenchError as error:
        sys.exit(f"error: {error}")
