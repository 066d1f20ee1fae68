// Coming back with the resume ticket that socket.io-client keeps by itself.
import assert from "node:assert/strict";
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
  const sid = socket.id;
  socket.io.uri = gateway;
  socket.auth = auth;
  socket.io.engine.close();
  await client.until(() => socket.connected && socket.id !== sid, "the connection again");
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

  it("is another one each time, so that the client does not believe it missed nothing", async () => {
    const { _pid: pid } = client.socket;
    await comeBack(client, here, { token: ada.token });
    assert.notEqual(client.socket._pid, pid);
    assert.equal(client.socket.recovered, false);
  });

  it("gives way to the token of somebody else", async () => {
    const other = await tickets("other_token");
    await comeBack(client, there, { token: bob.token });
    assert.equal((await client.ask("me")).user.username, bob.username);
    assert.equal(await tickets("other_token"), other + 1);
  });

  it("is ignored when it is no good", async () => {
    const { _pid: pid } = client.socket;
    const forged = pid.slice(0, 20) + (pid[20] === "A" ? "B" : "A") + pid.slice(21);
    for (const wrong of [forged, pid.slice(0, -1), "", "x", 5, null, {}]) {
      const refusal = await Client.refusal(here, { pid: wrong });
      assert.equal(refusal.data.code, "unauthenticated");
      (await Client.open(here, undefined, { auth: { token: ada.token, pid: wrong } })).close();
    }
  });
});
