// Accounts and sessions: sign up, log in, refresh, log out; what ends a connection.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { call, signUp } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const [here, there] = gateways;

describe("accounts", () => {
  it("sign up on one gateway, log in on the other", async () => {
    const ada = await signUp(here, "Ada");
    const { status, body } = await call(there, "POST", "/v1/login", {
      body: { username: ada.username.toLowerCase(), password: ada.password },
    });
    assert.equal(status, 200);
    assert.deepEqual(body.user, ada.user);
    assert.equal(body.expires_in, 900);
    const me = await call(here, "GET", "/v1/me", { token: body.access_token });
    assert.deepEqual(me.body, { user: ada.user });
  });

  it("a refresh token gives one successor; used after that it ends the session", async () => {
    const ada = await signUp(here);
    const refresh = (refreshToken) => call(there, "POST", "/v1/token", { body: { refresh_token: refreshToken } });
    const second = await refresh(ada.refreshToken);
    assert.equal(second.status, 200);
    assert.equal((await call(here, "GET", "/v1/me", { token: second.body.access_token })).status, 200);
    // A client that lost the answer asks again.
    const again = await refresh(ada.refreshToken);
    assert.deepEqual([again.status, again.body.refresh_token], [200, second.body.refresh_token]);
    const third = await refresh(second.body.refresh_token);
    assert.equal(third.status, 200);
    assert.equal((await refresh(ada.refreshToken)).body.code, "unauthenticated");
    assert.equal((await refresh(third.body.refresh_token)).status, 401);
  });

  it("logging out ends tokens and connections of that session on every gateway, and no others", async () => {
    const ada = await signUp(here);
    const login = await call(here, "POST", "/v1/login", { body: ada });
    const other = await Client.open(there, login.body.access_token);
    const client = await Client.open(there, ada.token, { reconnection: false });
    const out = await call(here, "POST", "/v1/logout", { token: ada.token });
    assert.deepEqual([out.status, out.body], [204, null]);
    await client.until(() => !client.socket.connected, "the disconnect");
    assert.equal((await call(here, "GET", "/v1/me", { token: ada.token })).status, 401);
    assert.equal((await call(there, "GET", "/v1/me", { token: ada.token })).status, 401);
    const again = await call(here, "POST", "/v1/token", { body: { refresh_token: ada.refreshToken } });
    assert.equal(again.status, 401);
    assert.ok((await other.ask("me")).ok);
    other.close();
  });

  it("a connection may bring a new token of its own user only", async () => {
    const [ada, eve] = await Promise.all([signUp(here), signUp(here)]);
    const client = await Client.open(here, ada.token);
    const fresh = await call(there, "POST", "/v1/token", { body: { refresh_token: ada.refreshToken } });
    assert.ok((await client.ask("auth.refresh", { token: fresh.body.access_token })).ok);
    assert.equal((await client.ask("auth.refresh", { token: eve.token })).error.code, "permission_denied");
    client.close();
  });
});
