"""The programs themselves accept the environment that the chart gives them."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from chart import FULL, MINIMAL, REPOSITORY, containers, environment, render

PROGRAMS = pathlib.Path(os.environ.get("CONFAB_BIN_DIR", REPOSITORY / "build" / "release" / "bin"))


class Programs(unittest.TestCase):
    def setUp(self):
        if not (PROGRAMS / "confab-gateway").exists():
            self.skipTest(f"skipped: no programs in {PROGRAMS}")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.secret = pathlib.Path(folder.name) / "database-url"
        self.secret.write_text("postgresql://confab:secret@postgres/confab\n")
        self.webhooks = pathlib.Path(folder.name) / "webhooks.json"
        self.webhooks.write_text('[{"name": "crm", "url": "https://crm.example.com/confab", '
                                 '"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}]\n')

    def check(self, container, **more):
        service = container["image"].rpartition("/")[2].partition("@")[0].partition(":")[0]
        values = environment(container)
        for name in values:
            if name.endswith("_DATABASE_URL_FILE"):
                values[name] = str(self.secret)
            elif name.endswith("_WEBHOOKS_FILE"):
                values[name] = str(self.webhooks)
            elif name.endswith("_RPC_ADVERTISE"):  # From the pod's status.
                values[name] = "fd00::7"
            elif values[name] is None:  # From a secret.
                values[name] = "redis://:password@redis:6379"
        program = PROGRAMS / f"confab-{service}"
        return subprocess.run([program, *container.get("args", []), "--check-config"],
                              env={**values, **more}, capture_output=True, text=True, check=False)

    def test_every_container_has_a_good_configuration(self):
        for file in (MINIMAL, FULL):
            for name, pod in render(file=file).pods().items():
                for container in containers(pod):
                    done = self.check(container)
                    self.assertEqual(done.returncode, 0, f"{name}: {done.stderr}")

    def test_a_service_link_would_stop_them(self):
        container = render().pods()["chat-confab-gateway"]["spec"]["containers"][0]
        done = self.check(container, CONFAB_GATEWAY_SERVICE_HOST="10.0.0.1")
        self.assertIn("CONFAB_GATEWAY_SERVICE_HOST", done.stderr)


if __name__ == "__main__":
    unittest.main()
