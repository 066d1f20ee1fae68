// How the programs start and stop. Each runs here as a second replica of the one in the system under test.
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { PlainClient } from "./lib/plain.js";
import { page, services, start, startGateway } from "./lib/replica.js";
import { signUp } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const admin = (port, name) => page(`http://127.0.0.1:${port}${name}`);

for (const service of services) {
  describe(`confab-${service.name}`, () => {
    it("serves its admin port and ends with 0 on SIGTERM, every log line a JSON object", async () => {
      const { child, saying, ended } = start(service);
      const { admin_port: port } = await saying("starting");
      await saying("serving");
      for (const page of ["/livez", "/readyz", "/startupz"]) {
        assert.deepEqual(await admin(port, page), { status: 200, text: "ok\n" });
      }
      assert.match((await admin(port, "/metrics")).text, /confab_build_info\{.*\} 1/);
      assert.equal(JSON.parse((await admin(port, "/version")).text).service, service.name);
      assert.equal((await admin(port, "/nothing")).status, 404);
      child.kill("SIGTERM");
      const { code, errors, output } = await ended;
      assert.deepEqual([code, errors], [0, ""]);
      for (const line of output.split("\n")) {
        const { ts, level, svc, event } = JSON.parse(line);
        assert.ok(ts && level && svc === service.name && event, line);
      }
    });

    it("waits, alive but not ready, while what it needs is not there yet", async () => {
      const nowhere = {
        auth: { CONFAB_AUTH_DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none" },
        "message-store": { CONFAB_MESSAGE_STORE_DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none" },
        gateway: { CONFAB_GATEWAY_AUTH_ADDRESS: "127.0.0.1:1" },
      };
      const { child, saying, ended } = start(service, nowhere[service.name]);
      const { admin_port: port } = await saying("starting");
      await saying("waiting");
      assert.equal((await admin(port, "/livez")).status, 200);
      assert.equal((await admin(port, "/readyz")).status, 503);
      child.kill("SIGTERM");
      assert.equal((await ended).code, 0);
    });

    it("refuses unknown options, bad values, malformed addresses and a taken port in one line", async () => {
      const taken = `127.0.0.1:${new URL(gateways[0]).port}`;
      const cases = [
        [{ [`${service.prefix}LISTNE`]: "x" }, [], /LISTNE/],
        [{}, ["--no-such-option=1"], /no-such-option/],
        [{}, ["--listen", "nonsense"], /nonsense/],
        [{}, ["--admin-listen", "nonsense"], /nonsense/],
        [{}, ["--log-level", "loud"], /loud/],
        [{}, ["no-such-command"], /no-such-command/],
        [{}, ["--listen", taken], new RegExp(taken)],
        [{}, ["--admin-listen", taken], new RegExp(taken)],
      ];
      for (const [changes, args, message] of cases) {
        const { code, errors } = await start(service, changes, args).ended;
        assert.equal(code, 1, args.join(" "));
        assert.match(errors, message);
        assert.match(errors, /^[^\n]+\n$/);
      }
    });

    it("prints its help and its configuration, and checks it", async () => {
      const help = await start(service, {}, ["--help"]).ended;
      assert.deepEqual([help.code, help.errors], [0, ""]);
      assert.match(help.output, new RegExp(`${service.prefix}LISTEN`));
      const config = await start(service, {}, ["--print-config"]).ended;
      assert.match(config.output, /^listen = 127\.0\.0\.1:0$/m);
      assert.doesNotMatch(config.output, /postgresql:/);
      assert.equal((await start(service, {}, ["--check-config"]).ended).code, 0);
    });
  });
}

describe("a gateway that is stopped", () => {
  it("closes its clients' transports so that they come back by themselves", async () => {
    const { child, ended, url } = await startGateway();
    const user = await signUp(gateways[0]);
    const clients = await Promise.all(
      ["polling", "websocket"].map((transport) =>
        Client.open(url, user.token, { transports: [transport], reconnection: false })),
    );
    const plain = await PlainClient.open(url, user.token);
    const reasons = clients.map((client) => once(client.socket, "disconnect").then(([reason]) => reason));
    child.kill("SIGTERM");
    // "io server disconnect" would mean that the client never returns.
    assert.deepEqual(await Promise.all(reasons), ["transport close", "transport close"]);
    assert.deepEqual(await plain.end(), { code: 1012, reason: "restart" });
    assert.equal((await ended).code, 0);
  });
});
