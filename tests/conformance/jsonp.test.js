// Polling by script elements, as browsers without cross-origin requests do it: a client that runs the
// scripts and posts forms.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import vm from "node:vm";
import { PATIENT, decodeBody, encodeBody, startEcho } from "./echo_server.js";

let server;

before(async () => {
  server = await startEcho(PATIENT);
});
after(() => server.stop());

class ScriptPolling {
  static async open(version, j = 0) {
    const polling = new ScriptPolling(version, j);
    const [handshake] = await polling.packets();
    polling.url += `&sid=${JSON.parse(handshake.slice(1)).sid}`;
    return polling;
  }

  constructor(version, j) {
    this.version = version;
    this.j = j;
    this.url = `${server.http}/engine.io/?EIO=${version}&transport=polling&j=${j}`;
  }

  /** Runs the next answer as a script. */
  async packets() {
    const response = await fetch(this.url);
    assert.equal(response.headers.get("content-type"), "text/javascript; charset=UTF-8");
    let given;
    const ___eio = { [this.j]: (payload) => (given = payload) };
    vm.runInNewContext(await response.text(), { ___eio });
    return decodeBody(this.version, given);
  }

  /** As clients do: line ends within a form field are not safe on the way. */
  send(...packets) {
    const body = encodeBody(this.version, packets);
    const safe = body.replace(/\\n/g, "\\\n").replace(/\n/g, "\\n");
    return this.post(new URLSearchParams({ d: safe }));
  }

  post(body) {
    return fetch(this.url, { method: "POST", body });
  }
}

for (const version of [3, 4]) {
  describe(`JSONP with version ${version}`, () => {
    it("carries text, with what breaks strings, scripts and line ends", async () => {
      const polling = await ScriptPolling.open(version);
      for (const text of ['4"\\', "4\n", "4\\n", "4\\\\n", "4</script>", "4\u2028\u2029€😀\u0001"]) {
        assert.equal(await (await polling.send(text)).text(), "ok");
        assert.deepEqual(await polling.packets(), [text]);
      }
    });

    it("carries binary as base64", async () => {
      const polling = await ScriptPolling.open(version, 7);
      const binary = version === 3 ? "b4AQIDBA==" : "bAQIDBA==";
      await polling.send("4hello", binary);
      assert.deepEqual(await polling.packets(), ["4hello", binary]);
    });

    it("closes the session on a form without packets", async () => {
      const polling = await ScriptPolling.open(version);
      assert.equal((await polling.post(new URLSearchParams({ x: "4" }))).status, 400);
      assert.equal((await fetch(polling.url)).status, 400);
    });

    it("lets no code into the script", async () => {
      const url = `${server.http}/engine.io/?EIO=${version}&transport=polling&j=${encodeURIComponent("1](alert());//")}`;
      assert.match(await (await fetch(url)).text(), /^___eio\[1\]\("/);
    });
  });
}
