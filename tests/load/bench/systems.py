"""The systems under test: Confab as ./dev up starts it, and the peer's nodes."""

import os
import pathlib
import re
import secrets
import select
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import procs
from errors import BenchError

STOP_SECONDS = 15


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Confab:
    """Its processes are those of ./dev up on a state folder of our own."""

    name = "Confab"
    rooms = "all"
    order = "strict"

    def __init__(self, repo, folder, programs, port_base):
        self._repo = pathlib.Path(repo)
        self._folder = pathlib.Path(folder)
        self._programs = pathlib.Path(programs)
        self._port_base = port_base
        self.gateways = []
        self.admin = []

    @property
    def confabctl(self):
        program = self._programs / "confabctl"
        return str(program) if program.exists() else None

    def start(self, *, fast_hashing=True):
        """Also restarts what must run with other settings."""
        environment = self._environment()
        environment["CONFAB_AUTH_ACCESS_TOKEN_LIFE"] = "24h"
        environment["CONFAB_GATEWAY_LOOPS"] = "1"  # As each node of the peer has one.
        if fast_hashing:
            environment["CONFAB_AUTH_INSECURE_FAST_HASHING"] = "true"
        if self.confabctl:
            environment["CONFAB_AUTH_PROVISIONING"] = "true"
            environment["CONFAB_MESSAGE_STORE_PROVISIONING"] = "true"
        command = [self._repo / "dev", "up", "--port-base", str(self._port_base),
                   "--bin", self._programs, "--gateways", "2"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchError(f"Confab does not start:\n{done.stdout}{done.stderr}".strip(),
                             f"CONFAB_DEV_DIR={self._folder} ./dev up, or ./dev logs")
        self._read_environment()

    def _environment(self):
        mine = {key: value for key, value in os.environ.items() if not key.startswith("CONFAB_")}
        mine["CONFAB_DEV_DIR"] = str(self._folder)
        return mine

    def _read_environment(self):
        values = {}
        for line in (self._folder / "env").read_text().splitlines():
            key, equals, value = line.partition("=")
            if equals:
                values[key] = shlex.split(value)[0]
        self.gateways = values["CONFAB_GATEWAYS"].split()
        self.database = values["CONFAB_DATABASE_URL"]
        self.admin = values["CONFAB_ADMIN"].split()

    @property
    def auth(self):
        return f"127.0.0.1:{self._port_base + 110}"

    @property
    def message_store(self):
        return f"127.0.0.1:{self._port_base + 122}"

    def servers(self, gateways=2):
        return [url.removeprefix("http://") for url in self.gateways[:gateways]]

    def processes(self):
        """Every server process by name: gateways, auth, store, PostgreSQL and Redis."""
        return {file.name: int(file.read_text()) for file in (self._folder / "pids").iterdir()}

    def forget(self):
        """Kills the gateways and starts them again: now they have nothing in memory."""
        dead = [pid for name, pid in self.processes().items() if name.startswith("gateway")]
        for pid in dead:
            os.kill(pid, signal.SIGKILL)
        self.start()

    def pages_read(self):
        """By the message-stores, so far."""
        pages = 0
        for url in self.admin:
            with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:
                text = answer.read().decode()
            found = re.search(r"^confab_message_store_pages_read_total (\S+)", text, re.MULTILINE)
            pages += int(float(found[1])) if found else 0
        return pages

    def transactions(self):
        """Of the database so far. An idle backend tells what it holds within 10 s."""
        time.sleep(10.5)
        done = subprocess.run(
            ["psql", "-qtAX", self.database, "-c",
             "SELECT xact_commit + xact_rollback FROM pg_stat_database "
             "WHERE datname = current_database()"], capture_output=True, text=True, check=False)
        return int(done.stdout.strip() or 0)

    def stop(self):
        if self._folder.exists():
            subprocess.run([self._repo / "dev", "down", "--wipe"], env=self._environment(),
                           capture_output=True, check=False)


class Peer:
    """socket.io with the redis-adapter: nodes, their Redis, and PostgreSQL where it is durable."""

    rooms = "listed"
    order = "counted"  # With two nodes it cannot keep the order; said in docs/benchmarks.md.

    def __init__(self, folder, logs, *, nodes, durable=False, postgres=None):
        self.name = "socket.io" if nodes == 1 else "socket.io + redis-adapter"
        if durable:
            self.name += " + PostgreSQL"
        self.secret = secrets.token_hex(16)
        self._folder = pathlib.Path(folder)
        self._logs = pathlib.Path(logs)
        self._nodes = nodes
        self._durable = durable
        self._postgres = postgres  # (url, pid): the same server that Confab uses.
        self._started = {}
        self._servers = []

    def start(self):
        if self._started:
            return
        environment = {**os.environ, "PEER_SECRET": self.secret, "NODE_ENV": "production"}
        if self._nodes > 1:
            port = free_port()
            self._launch("redis", ["redis-server", "--bind", "127.0.0.1", "--port", str(port),
                                   "--save", "", "--appendonly", "no"], environment,
                         "Ready to accept")
            environment["PEER_REDIS"] = f"redis://127.0.0.1:{port}"
        if self._durable:
            environment |= {"PEER_DURABLE": "1", "PEER_DATABASE": self._postgres[0]}
        for number in range(1, self._nodes + 1):
            port = free_port()
            self._launch(f"node-{number}", ["node", self._folder / "server.js"],
                         {**environment, "PEER_PORT": str(port)}, "listening")
            self._servers.append(f"127.0.0.1:{port}")

    def _launch(self, name, command, environment, ready):
        """Returns once the process has said `ready`."""
        log = self._logs / f"peer-{name}.log"
        with log.open("wb") as errors:
            process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=errors, cwd=self._logs,
                                       preexec_fn=die_with_parent)
        self._started[name] = process
        said = b""
        while ready.encode() not in said:
            readable = select.select([process.stdout], [], [], 30)[0]
            got = process.stdout.read1(4096) if readable else b""
            if not got:
                raise BenchError(f"{self.name}: {name} does not start: "
                                 f"{log.read_text()[-500:].strip() or said.decode()[-500:]}",
                                 f"less {log}")
            said += got

    def servers(self, count=None):
        return self._servers[:count]

    def processes(self):
        running = {name: process.pid for name, process in self._started.items()}
        if self._durable:
            running["postgres"] = self._postgres[1]
        return running

    def stop(self):
        for process in self._started.values():
            process.terminate()
        for process in self._started.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._started = {}
        self._servers = []


def die_with_parent():
    """This process ends when the one that started it is killed without a chance to end it."""
    import ctypes  # pylint: disable=import-outside-toplevel

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def usage_of(system):
    """CPU use by process name."""
    return {name: procs.usage(pid) for name, pid in system.processes().items()}


def is_alive(system):
    for name, pid in system.processes().items():
        if not pathlib.Path(f"/proc/{pid}").exists():
            print(f"warning: {name} of {system.name} is gone", file=sys.stderr)
            return False
    return True
