"""Drives confab-load: one process that plays many clients."""

import json
import pathlib
import select
import subprocess

from errors import BenchError

PATIENCE = 90  # Seconds without a line from the load client; longer than anything it waits for.


class LoadClients:
    """The clients of one CSV of accounts. Ends with the `with` block."""

    def __init__(self, program, log, servers, accounts, *, dialect="socketio", rooms="all",
                 order="strict"):
        self._log = pathlib.Path(log)
        with self._log.open("a") as errors:
            self._process = subprocess.Popen(
                [program, "clients", "--servers", ",".join(servers), "--accounts", str(accounts),
                 "--dialect", dialect, "--rooms", rooms, "--order", order],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        self._input = b""

    @property
    def pid(self):
        return self._process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._process.poll() is None:
            self._process.stdin.close()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def say(self, command):
        try:
            self._process.stdin.write(command.encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            self._ended()

    def hear(self, event):
        """The next line, which must be that event."""
        while b"\n" not in self._input:
            if not select.select([self._process.stdout], [], [], PATIENCE)[0]:
                raise BenchError(f"the load client said nothing for {PATIENCE} s while "
                                 f"'{event}' was awaited", f"less {self._log}")
            got = self._process.stdout.read1(65536)
            if not got:
                self._ended()
            self._input += got
        line, self._input = self._input.split(b"\n", 1)
        told = json.loads(line)
        if told["event"] != event:
            raise BenchError(f"the load client said {told} instead of {event}")
        return told

    def ask(self, command, event):
        self.say(command)
        return self.hear(event)

    def connect(self, *, clients=None, inflight=100):
        """Connects who is not connected; fails when somebody cannot be."""
        wanted = f"connect inflight={inflight}" + (f" clients={clients}" if clients else "")
        told = self.ask(wanted, "connected")
        if told["failed"]:
            raise BenchError(f"{told['failed']} clients could not connect: {told['why']}",
                             "look into the logs it names, or ./dev bench again")
        return told

    def _ended(self):
        self._process.wait()
        lines = self._log.read_text().strip().splitlines()
        raise BenchError("the load client ended: " + (lines[-1] if lines else "without a word"),
                         f"less {self._log}")


def calibrate(program):
    """Microseconds of CPU that one small send costs now."""
    told = subprocess.run([program, "calibrate"], capture_output=True, text=True, check=False)
    if told.returncode:
        raise BenchError(f"the calibration failed: {told.stderr.strip()}")
    return json.loads(told.stdout)["send_us"]
