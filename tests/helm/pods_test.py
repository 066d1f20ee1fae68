"""What every pod of the chart is allowed, and how it starts and stops."""

import unittest

from chart import FULL, MINIMAL, containers, environment, ports, render

SERVICES = ("auth", "gateway", "message-store")


class Pods(unittest.TestCase):
    def setUp(self):
        self.renderings = [render(file=MINIMAL), render(file=FULL)]

    def each_pod(self):
        for objects in self.renderings:
            yield from objects.pods().items()

    def test_there_are_the_three_services_and_two_migrations(self):
        minimal = self.renderings[0]
        self.assertEqual(minimal.names("Deployment"), [f"chat-confab-{name}" for name in SERVICES])
        self.assertEqual(minimal.names("Job"),
                         ["chat-confab-auth-migrate", "chat-confab-message-store-migrate"])

    def test_service_links_are_off_since_the_programs_would_refuse_them_as_options(self):
        for name, pod in self.each_pod():
            self.assertIs(pod["spec"]["enableServiceLinks"], False, name)

    def test_no_pod_gets_a_token(self):
        for name, pod in self.each_pod():
            self.assertIs(pod["spec"]["automountServiceAccountToken"], False, name)
        for objects in self.renderings:
            for account in objects.of("ServiceAccount"):
                self.assertIs(account["automountServiceAccountToken"], False)

    def test_every_pod_passes_the_restricted_standard(self):
        for name, pod in self.each_pod():
            context = pod["spec"]["securityContext"]
            self.assertIs(context["runAsNonRoot"], True, name)
            self.assertGreater(context["runAsUser"], 0, name)
            self.assertEqual(context["seccompProfile"], {"type": "RuntimeDefault"}, name)
            for container in containers(pod):
                self.assertEqual(container["securityContext"], {
                    "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]}}, name)

    def test_memory_is_bounded_and_reserved(self):
        for name, pod in self.each_pod():
            for container in containers(pod):
                resources = container["resources"]
                self.assertIn("memory", resources["limits"], name)
                self.assertIn("cpu", resources["requests"], name)
                self.assertNotIn("cpu", resources["limits"], name)

    def test_images_come_from_the_registry_that_was_named(self):
        for name, pod in self.each_pod():
            for container in containers(pod):
                self.assertTrue(container["image"].startswith("registry.example.com/confab/"), name)

    def test_a_program_listens_on_the_ports_its_container_names(self):
        options = {"http": "LISTEN", "admin": "ADMIN_LISTEN"}
        for objects in self.renderings:
            for deployment in objects.of("Deployment"):
                container = deployment["spec"]["template"]["spec"]["containers"][0]
                values = environment(container)
                prefix = "CONFAB_" + container["name"].upper().replace("-", "_") + "_"
                options["rpc"] = "RPC_LISTEN" if container["name"] == "gateway" else "LISTEN"
                for port, number in ports(container).items():
                    address, _, listening = values[prefix + options[port]].rpartition(":")
                    self.assertEqual(listening, str(number))
                    self.assertIn(address, ("0.0.0.0", "[::]"))

    def test_a_gateway_has_as_many_event_loops_as_the_values_say(self):
        for objects, loops in zip(self.renderings, ("1", "4")):
            [pod] = [pod for name, pod in objects.pods().items() if name.endswith("gateway")]
            self.assertEqual(environment(containers(pod)[0])["CONFAB_GATEWAY_LOOPS"], loops)

    def test_probes_ask_the_admin_port(self):
        paths = {"startupProbe": "/startupz", "readinessProbe": "/readyz",
                 "livenessProbe": "/livez"}
        for objects in self.renderings:
            for deployment in objects.of("Deployment"):
                container = deployment["spec"]["template"]["spec"]["containers"][0]
                for probe, path in paths.items():
                    self.assertEqual(container[probe]["httpGet"], {"path": path, "port": "admin"})

    def test_the_grace_period_is_longer_than_all_that_happens_in_it(self):
        objects = render({"gateway": {"drainDelaySeconds": 30, "drainWindowSeconds": 120},
                          "messageStore": {"preStopSeconds": 30}, "auth": {"preStopSeconds": 0}})
        pod = objects.pods()["chat-confab-gateway"]["spec"]
        self.assertEqual(pod["terminationGracePeriodSeconds"], 30 + 120 + 25)
        container = pod["containers"][0]
        self.assertEqual(environment(container)["CONFAB_GATEWAY_DRAIN_DELAY"], "30s")
        self.assertEqual(environment(container)["CONFAB_GATEWAY_DRAIN_WINDOW"], "120s")
        # It waits by itself, on any version of Kubernetes, and knows that it is about to end.
        self.assertNotIn("lifecycle", container)
        pod = objects.pods()["chat-confab-message-store"]["spec"]
        self.assertGreaterEqual(pod["terminationGracePeriodSeconds"], 30 + 10)
        self.assertEqual(pod["containers"][0]["lifecycle"]["preStop"], {"sleep": {"seconds": 30}})
        pod = objects.pods()["chat-confab-auth"]["spec"]
        self.assertNotIn("lifecycle", pod["containers"][0])

    def test_webhooks_are_a_file_of_the_message_store_alone(self):
        self.assertNotIn("webhooks", str(render().pods()))
        for name, pod in render(file=FULL).pods().items():
            for container in containers(pod):
                file = environment(container).get("CONFAB_MESSAGE_STORE_WEBHOOKS_FILE")
                if not name.startswith("chat-message-store"):
                    self.assertNotIn("webhooks", str(pod))
                    continue
                self.assertEqual(file, "/etc/confab-webhooks/endpoints.json")
                [mount] = [mount for mount in container["volumeMounts"]
                           if mount["name"] == "webhooks"]
                self.assertEqual(mount["mountPath"], "/etc/confab-webhooks")
                [volume] = [volume for volume in pod["spec"]["volumes"]
                            if volume["name"] == "webhooks"]
                self.assertEqual(volume["secret"]["secretName"], "confab-webhooks")

    def test_the_database_url_is_a_file_and_never_in_the_environment(self):
        for name, pod in self.each_pod():
            if "gateway" in name:
                self.assertNotIn("volumes", pod["spec"])
                continue
            [volume] = [volume for volume in pod["spec"]["volumes"] if volume["name"] == "database"]
            self.assertEqual(volume["secret"]["secretName"], "confab-database")
            self.assertEqual(volume["secret"]["items"][0]["path"], "database-url")
            for container in containers(pod):
                [mount] = [mount for mount in container["volumeMounts"]
                           if mount["name"] == "database"]
                self.assertIs(mount["readOnly"], True)
                [file] = [value for key, value in environment(container).items()
                          if "DATABASE_URL" in key]
                self.assertEqual(file, mount["mountPath"] + "/database-url")

    def test_redis_urls_with_passwords_come_from_a_secret(self):
        full = self.renderings[1]
        for service in ("gateway", "message-store"):
            container = full.pods()[f"chat-{service}"]["spec"]["containers"][0]
            [entry] = [entry for entry in container["env"] if "REDIS_URLS" in entry["name"]]
            self.assertEqual(entry["valueFrom"], {
                "secretKeyRef": {"name": "confab-redis", "key": "urls"}})

    def test_a_new_chart_version_alone_restarts_no_pod(self):
        for name, pod in self.each_pod():
            self.assertNotIn("helm.sh/chart", pod["metadata"]["labels"], name)

    def test_replicas_spread_over_zones_and_nodes(self):
        for objects in self.renderings:
            for deployment in objects.of("Deployment"):
                spread = deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]
                self.assertEqual([entry["topologyKey"] for entry in spread],
                                 ["topology.kubernetes.io/zone", "kubernetes.io/hostname"])
        pods = render({"topologySpread": "none"}).pods()
        self.assertNotIn("topologySpreadConstraints", pods["chat-confab-auth"]["spec"])


class Migration(unittest.TestCase):
    def test_as_a_hook_it_needs_nothing_that_the_chart_makes(self):
        objects = render()
        for job in objects.of("Job"):
            self.assertEqual(job["metadata"]["annotations"]["helm.sh/hook"],
                             "pre-install,pre-upgrade")
            pod = job["spec"]["template"]["spec"]
            self.assertNotIn("serviceAccountName", pod)
            self.assertEqual(pod["containers"][0]["args"], ["migrate"])

    def test_as_an_init_container_it_runs_with_the_service_it_is_for(self):
        objects = render({"migration": {"mode": "initContainer"}})
        self.assertEqual(objects.names("Job"), [])
        for service in ("auth", "message-store"):
            pod = objects.pods()[f"chat-confab-{service}"]["spec"]
            [first] = pod["initContainers"]
            self.assertEqual(first["args"], ["migrate"])
            self.assertEqual(first["image"], pod["containers"][0]["image"])
            self.assertEqual(first["env"], pod["containers"][0]["env"])
        self.assertNotIn("initContainers", objects.pods()["chat-confab-gateway"]["spec"])

    def test_it_can_be_left_to_the_operator(self):
        objects = render({"migration": {"mode": "none"}})
        self.assertEqual(objects.names("Job"), [])
        for pod in objects.pods().values():
            self.assertNotIn("initContainers", pod["spec"])


if __name__ == "__main__":
    unittest.main()
