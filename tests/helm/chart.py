"""Renders the chart with the helm that CONFAB_HELM names, or the one on the PATH."""

import copy
import functools
import json
import os
import pathlib
import shutil
import subprocess
import unittest

import yaml

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CHART = REPOSITORY / "helm" / "confab"
MINIMAL = CHART / "ci" / "minimal-values.yaml"
FULL = CHART / "ci" / "full-values.yaml"
# The oldest Kubernetes that Chart.yaml allows; a helm built from source assumes a far older one.
KUBERNETES = ["--kube-version", "1.30.0"]


def helm(*arguments, values=None):
    """The finished process. `values` goes on top of what the arguments say, as YAML."""
    program = os.environ.get("CONFAB_HELM") or shutil.which("helm")
    if not program:
        raise unittest.SkipTest("skipped: no helm on the PATH or in CONFAB_HELM")
    command = [program, *map(str, arguments), *KUBERNETES]
    if values is not None:
        command += ["--values", "-"]
    return subprocess.run(
        command, input=yaml.safe_dump(values or {}), capture_output=True, text=True, check=False)


def template(file, values):
    arguments = ["template", "chat", CHART, "--namespace", "talk"]
    return helm(*arguments, *(["--values", file] if file else []), values=values or {})


def render(values=None, file=MINIMAL):
    """All objects, with `values` on top of the file."""
    return copy.deepcopy(rendered(json.dumps(values or {}), file))


@functools.lru_cache(maxsize=None)
def rendered(values, file):
    done = template(file, json.loads(values))
    if done.returncode:
        raise AssertionError(done.stderr)
    return Objects(item for item in yaml.safe_load_all(done.stdout) if item)


def refusal(values=None, file=MINIMAL):
    """What helm says of values it refuses."""
    done = template(file, values)
    if not done.returncode:
        raise AssertionError(f"the chart accepts {values}")
    return done.stderr


def matches(selector, labels):
    return selector.items() <= labels.items()


class Objects(list):
    def of(self, kind):
        return [item for item in self if item["kind"] == kind]

    def workloads(self):
        """What keeps the pods of the services there."""
        return self.of("Deployment") + self.of("StatefulSet")

    def names(self, kind):
        return sorted(item["metadata"]["name"] for item in self.of(kind))

    def get(self, kind, name):
        found = [item for item in self.of(kind) if item["metadata"]["name"] == name]
        if len(found) != 1:
            raise AssertionError(f"{kind} {name}: {len(found)}, there are {self.names(kind)}")
        return found[0]

    def pods(self):
        """The pod templates by the name of what makes them."""
        return {item["metadata"]["name"]: item["spec"]["template"]
                for item in self.workloads() + self.of("Job")}

    def pods_selected_by(self, selector):
        return sorted(name for name, pod in self.pods().items()
                      if matches(selector, pod["metadata"]["labels"]))


def containers(pod):
    return pod["spec"].get("initContainers", []) + pod["spec"]["containers"]


def environment(container):
    """Names and values; None for a value from a secret."""
    return {entry["name"]: entry.get("value") for entry in container["env"]}


def ports(container):
    return {port["name"]: port["containerPort"] for port in container.get("ports", [])}
