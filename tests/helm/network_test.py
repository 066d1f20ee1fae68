"""Who reaches whom: Services, addresses, network policies, and what selects which pods."""

import unittest

from chart import FULL, MINIMAL, environment, ports, render

GATEWAY, AUTH, STORE = "chat-confab-gateway", "chat-confab-auth", "chat-confab-message-store"
MIGRATIONS = [f"{AUTH}-migrate", f"{STORE}-migrate"]


class Services(unittest.TestCase):
    def setUp(self):
        self.objects = render()

    def test_each_selects_the_pods_of_its_own_name(self):
        for service in self.objects.of("Service"):
            self.assertEqual(self.objects.pods_selected_by(service["spec"]["selector"]),
                             [service["metadata"]["name"]])

    def test_only_the_gateways_public_port_has_an_address(self):
        for service in self.objects.of("Service"):
            [port] = service["spec"]["ports"]
            if service["metadata"]["name"] == GATEWAY:
                self.assertEqual(port["targetPort"], "http")
            else:
                self.assertEqual(service["spec"]["clusterIP"], "None")
                self.assertEqual(port["targetPort"], "rpc")

    def test_the_public_service_takes_what_load_balancers_need(self):
        spec = render(file=FULL).get("Service", "chat-gateway")["spec"]
        self.assertEqual(spec["type"], "LoadBalancer")
        self.assertEqual(spec["ports"], [
            {"name": "http", "port": 8080, "targetPort": "http", "nodePort": 30080},
            {"name": "http-8091", "port": 8091, "targetPort": "http-8091"},
            {"name": "tcp-2004", "port": 2004, "targetPort": "tcp-2004"}])
        self.assertEqual(spec["externalTrafficPolicy"], "Local")
        self.assertEqual(spec["loadBalancerSourceRanges"], ["192.0.2.0/24"])

    def test_dialects_have_their_own_ports_in_the_pods_and_for_everybody(self):
        objects = render(file=FULL)
        [container] = objects.pods()["chat-gateway"]["spec"]["containers"]
        variables = environment(container)
        self.assertEqual(variables["CONFAB_GATEWAY_DIALECTS"], "chat_backend")
        self.assertEqual(ports(container)["http-8091"], int(variables["CONFAB_GATEWAY_CHAT_BACKEND_PORT"]))
        self.assertEqual(ports(container)["tcp-2004"], int(variables["CONFAB_GATEWAY_CHAT_BACKEND_TCP_PORT"]))
        policy = objects.get("NetworkPolicy", "chat-gateway")["spec"]["ingress"][1]
        self.assertEqual([port["port"] for port in policy["ports"]], ["http", "http-8091", "tcp-2004"])
        [container] = self.objects.pods()[GATEWAY]["spec"]["containers"]
        self.assertEqual(environment(container)["CONFAB_GATEWAY_DIALECTS"], "")

    def test_the_gateways_addresses_are_services_with_that_port(self):
        container = self.objects.pods()[GATEWAY]["spec"]["containers"][0]
        for option in ("AUTH_ADDRESS", "MESSAGE_STORES"):
            host, _, number = environment(container)[f"CONFAB_GATEWAY_{option}"].partition(":")
            [port] = self.objects.get("Service", host)["spec"]["ports"]
            self.assertEqual(port["port"], int(number))
            pod = self.objects.pods()[host]["spec"]["containers"][0]
            self.assertEqual(ports(pod)[port["targetPort"]], int(number))

    def test_gateways_reach_each_other_by_the_addresses_of_their_pods(self):
        container = self.objects.pods()[GATEWAY]["spec"]["containers"][0]
        [advertised] = [entry for entry in container["env"]
                        if entry["name"] == "CONFAB_GATEWAY_RPC_ADVERTISE"]
        self.assertEqual(advertised["valueFrom"], {"fieldRef": {"fieldPath": "status.podIP"}})
        self.assertEqual(environment(container)["CONFAB_GATEWAY_RPC_LISTEN"],
                         f"0.0.0.0:{ports(container)['rpc']}")

    def test_an_ingress_leads_to_the_gateways(self):
        self.assertEqual(self.objects.of("Ingress"), [])
        [ingress] = render(file=FULL).of("Ingress")
        self.assertEqual([rule["host"] for rule in ingress["spec"]["rules"]],
                         ["chat.example.com", "talk.example.com"])
        for rule in ingress["spec"]["rules"]:
            [path] = rule["http"]["paths"]
            self.assertEqual(path["backend"]["service"],
                             {"name": "chat-gateway", "port": {"name": "http"}})

    def test_prometheus_gets_the_admin_ports_of_all_pods_and_nothing_else(self):
        self.assertEqual(self.objects.of("ServiceMonitor"), [])
        full = render(file=FULL)
        [monitor] = full.of("ServiceMonitor")
        self.assertEqual(monitor["metadata"]["labels"]["release"], "prometheus")
        wanted = monitor["spec"]["selector"]["matchLabels"]
        [service] = [item for item in full.of("Service")
                     if wanted.items() <= item["metadata"]["labels"].items()]
        self.assertEqual([port["targetPort"] for port in service["spec"]["ports"]], ["admin"])
        self.assertEqual(full.pods_selected_by(service["spec"]["selector"]),
                         ["chat-auth", "chat-gateway", "chat-message-store"])


class DisruptionBudgets(unittest.TestCase):
    def test_each_service_loses_one_pod_at_a_time_and_never_blocks_a_node(self):
        objects = render()
        for budget in objects.of("PodDisruptionBudget"):
            selector = budget["spec"]["selector"]["matchLabels"]
            self.assertEqual(objects.pods_selected_by(selector), [budget["metadata"]["name"]])
            self.assertEqual(budget["spec"]["maxUnavailable"], 1)
            self.assertEqual(budget["spec"]["unhealthyPodEvictionPolicy"], "AlwaysAllow")
        self.assertEqual(objects.names("PodDisruptionBudget"), [AUTH, GATEWAY, STORE])


class NetworkPolicies(unittest.TestCase):
    def allowed(self, objects):
        """(pods that are called, port) -> the pods that may call, or the "from" as it stands."""
        table = {}
        for policy in objects.of("NetworkPolicy"):
            self.assertEqual(policy["spec"]["policyTypes"], ["Ingress"])
            called = objects.pods_selected_by(policy["spec"]["podSelector"]["matchLabels"])
            for rule in policy["spec"].get("ingress", []):
                for port in rule["ports"]:
                    for name in called:
                        table[name, port["port"]] = self.callers(objects, rule)
        return table

    @staticmethod
    def callers(objects, rule):
        if "from" not in rule:
            return "everyone"
        [peer] = rule["from"]
        if set(peer) != {"podSelector"}:
            return peer
        return objects.pods_selected_by(peer["podSelector"]["matchLabels"])

    def test_only_gateways_reach_the_other_services_and_nobody_an_admin_port(self):
        self.assertEqual(self.allowed(render(file=MINIMAL)), {
            (AUTH, "rpc"): [GATEWAY], (STORE, "rpc"): [GATEWAY], (GATEWAY, "rpc"): [GATEWAY],
            (GATEWAY, "http"): "everyone"})

    def test_every_pod_is_closed_unless_a_rule_opens_it(self):
        objects = render()
        covered = set()
        for policy in objects.of("NetworkPolicy"):
            covered.update(
                objects.pods_selected_by(policy["spec"]["podSelector"]["matchLabels"]))
        self.assertEqual(covered, {AUTH, STORE, GATEWAY, *MIGRATIONS})

    def test_clients_and_scrapers_can_be_narrowed(self):
        table = self.allowed(render(file=FULL))
        def namespace(name):
            return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
        self.assertEqual(table["chat-gateway", "http"], namespace("ingress"))
        for service in ("auth", "gateway", "message-store"):
            self.assertEqual(table[f"chat-{service}", "admin"], namespace("monitoring"))

    def test_they_can_be_left_out(self):
        self.assertEqual(render({"networkPolicy": {"enabled": False}}).of("NetworkPolicy"), [])


if __name__ == "__main__":
    unittest.main()
