// Coming back with the resume ticket that socket.io-client keeps by itself.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { call, createRoom, signUp } from "./lib/rest.js";
import { gateways, kill, metric, startAgain } from "./lib/system.js";

const [here, there] = gateways;

/** How often clients came back with a ticket, by result, over all gateways. */
function tickets(result) {
  return metric("confab_gateway_resume_tickets_total", { result });
}

/** Cuts the connection; the client comes back by itself, to `gateway` and with `auth`. */
async function comeBack(client, gateway, auth) {
  const { socket } = client;
  const again = once(socket, "connect");
  socket.io.uri = gateway;
  socket.auth = auth;
  socket.io.engine.close();
  await again;
}

describe("a resume ticket", () => {
  let ada, bob, room, client;

  before(async () => {
    [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    room = (await createRoom(here, ada, [bob])).gid;
    client = await Client.open(here, ada.token);
  });
  after(async () => {
    client?.close();
    await bringAuthBack();
  });

  /** Gateways find auth again within two seconds; until then a login is told to try again. */
  async function bringAuthBack() {
    startAgain();
    for (const gateway of gateways) {
      let login;
      do login = await call(gateway, "POST", "/v1/login", { body: ada });
      while (login.status === 503 && login.body.retryable);
      assert.equal(login.status, 200);
    }
  }

  it("does in place of the token, on the other gateway, while auth is down", async () => {
    kill("auth");
    const accepted = await tickets("accepted");
    await comeBack(client, there, {});
    assert.equal(await tickets("accepted"), accepted + 1);
    assert.equal((await client.ask("me")).user.username, ada.username);
    const { seq } = await client.send(room, "I am back");
    await client.hears(room, seq);
    await comeBack(client, here, { token: ada.token });
    assert.equal(await tickets("accepted"), accepted + 2);
    await bringAuthBack();
  });

  it("gives way to the token of somebody else, who does not get the session of the other", async () => {
    const other = await tickets("other_token");
    const { _pid: pid, id } = client.socket;
    await comeBack(client, there, { token: bob.token });
    assert.equal((await client.ask("me")).user.username, bob.username);
    assert.equal(await tickets("other_token"), other + 1);
    assert.notEqual(client.socket._pid, pid);
    assert.notEqual(client.socket.id, id);
    assert.equal(client.socket.recovered, false);
  });

  it("is ignored when it is no good", async () => {
    const { _pid: pid } = client.socket;
    const [ticket, session] = pid.split(".");
    const forged = ticket.slice(0, 20) + (ticket[20] === "A" ? "B" : "A") + ticket.slice(21);
    for (const wrong of [forged, `${forged}.${session}`, ticket.slice(0, -1), `.${session}`, "", ".", "x", 5, null, {}]) {
      const refusal = await Client.refusal(here, { pid: wrong });
      assert.equal(refusal.data.code, "unauthenticated");
      (await Client.open(here, undefined, { auth: { token: ada.token, pid: wrong } })).close();
    }
  });
});
