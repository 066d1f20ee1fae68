"""The systems of one call of the benchmark, each started when it is first needed."""

import contextlib

import clients
import seed
import systems
import tokens

LAYOUTS = {
    "hot": seed.Layout("hot", users=1000, rooms=1, members=1000),
    "f50": seed.Layout("f50", users=1000, rooms=20, members=50),
    "f5": seed.Layout("f5", users=1000, rooms=200, members=5),
    "idle": seed.Layout("idle", users=9000, rooms=900, members=50),  # Each user in 5 rooms.
}


class World:
    """Also the folder of everything that is written, and of the load program."""

    def __init__(self, confab, peer_folder, program, folder, tell):
        self.confab = confab
        self.program = program
        self.folder = folder
        self.tell = tell
        self._peer_folder = peer_folder
        self._peers = {}
        self._accounts = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        self._stack.callback(self.confab.stop)
        self.tell("starting Confab: 2 gateways, 1 auth, 1 message-store, PostgreSQL, Redis")
        self.confab.start()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def peer(self, kind):
        """alone: one node in memory; redis: two nodes; durable: two nodes and PostgreSQL."""
        if kind not in self._peers:
            postgres = (self.confab.database, self.confab.processes()["postgres"])
            peer = systems.Peer(self._peer_folder, self.folder, nodes=1 if kind == "alone" else 2,
                                durable=kind == "durable", postgres=postgres)
            self._stack.callback(peer.stop)
            self.tell(f"starting {peer.name}")
            peer.start()
            self._peers[kind] = peer
        return self._peers[kind]

    def accounts(self, layout):
        if layout not in self._accounts:
            path = self.folder / f"{layout}.csv"
            users = LAYOUTS[layout].users
            self.tell(f"making {users:,} users in {LAYOUTS[layout].rooms:,} rooms"
                      + (" with confabctl" if self.confab.confabctl else " through REST"))
            self._accounts[layout] = seed.seed(self.confab, LAYOUTS[layout], path)
        return self._accounts[layout]

    def clients(self, system, layout, *, nodes=2, node=None, rooms=None, dialect=None):
        """Clients of every user of the layout, to be closed by the caller; not yet connected. They
        use the first `nodes`, or that of the index `node` alone."""
        path = self.accounts(layout)
        if system is not self.confab:
            path = tokens.peer_accounts(system.secret, path, self.folder / f"peer-{layout}.csv")
        servers = system.servers(nodes) if node is None else [system.servers()[node]]
        return clients.LoadClients(
            self.program, self.folder / "confab-load.log", servers, path,
            rooms=rooms or system.rooms, order=system.order,
            dialect=dialect or getattr(system, "dialect", "socketio"))
