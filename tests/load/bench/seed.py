"""Accounts and rooms in Confab: by confabctl where it is built, else through the REST door."""

import concurrent.futures
import dataclasses
import http.client
import json
import secrets
import subprocess
import threading
import urllib.parse

from errors import BenchError

PASSWORD = "correct horse"


@dataclasses.dataclass(frozen=True)
class Layout:
    """`users` in `rooms` of `members` each, users taken in turn."""

    name: str
    users: int
    rooms: int
    members: int


class Rest:
    """Calls on kept-alive connections, one a thread."""

    def __init__(self, url):
        self._host = urllib.parse.urlsplit(url).netloc
        self._local = threading.local()

    def call(self, method, path, body, token=None, expected=(200, 201)):
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection(self._host, timeout=60)
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        self._local.connection.request(method, path, json.dumps(body), headers)
        answer = self._local.connection.getresponse()
        content = answer.read()
        if answer.status not in expected:
            raise BenchError(f"{method} {path} answered {answer.status}: {content[:200]!r}")
        return json.loads(content)

    def sign_up(self, username):
        body = {"username": username, "password": PASSWORD}
        return self.call("POST", "/v1/users", body)["access_token"]

    def log_in(self, username):
        return self.call("POST", "/v1/login", {"username": username, "password": PASSWORD})


def seed(system, layout, path):
    """Writes a line `token,user,room[,room...]` a user to `path`."""
    if system.confabctl:
        _by_confabctl(system, layout, path)
    else:
        _by_rest(Rest(system.gateways[-1]), layout, path)
    return path


def _by_confabctl(system, layout, path):
    done = subprocess.run(
        [system.confabctl, "seed", "--users", str(layout.users), "--rooms", str(layout.rooms),
         "--members", str(layout.members), "--prefix", f"{layout.name}-", "--tokens", str(path),
         "--auth-address", system.auth, "--message-stores", system.message_store],
        capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"confabctl seed failed: {(done.stderr or done.stdout).strip()}")


def _by_rest(rest, layout, path):
    prefix = f"{layout.name}-{secrets.token_hex(3)}"
    names = [f"{prefix}-{i}" for i in range(layout.users)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(rest.sign_up, names))
        blocks = [[(room * layout.members + i) % layout.users for i in range(layout.members)]
                  for room in range(layout.rooms)]

        def make_room(block):
            first, *others = block
            body = {"name": prefix, "members": [names[i] for i in others[:999]]}
            return rest.call("POST", "/v1/rooms", body, tokens[first])["room"]["gid"]

        gids = list(pool.map(make_room, blocks))
    rooms = [[] for _ in names]
    for gid, block in zip(gids, blocks):
        for member in block:
            rooms[member].append(gid)
    path.write_text("".join(f"{token},{name},{','.join(mine)}\n"
                            for token, name, mine in zip(tokens, names, rooms)))
