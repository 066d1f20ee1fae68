import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, it } from "node:test";

import { Child } from "./child.js";
import { Service } from "./service.js";

const folder = mkdtempSync(join(tmpdir(), "confab-service-"));
after(() => rmSync(folder, { recursive: true }));

it("an older program is given the options that it knows, and all once it is upgraded", async () => {
  const help = "usage: x [options]\\n  --listen  (X)\\n      where  [0]\\n  --admin-listen  (X)\\n  --old-one  (X)\\n";
  writeFileSync(join(folder, "confab-auth"), `#!/bin/sh\nprintf '${help}'\n`, { mode: 0o755 });
  const settings = { OLD_ONE: 1, NEW_ONE: 2 };
  const places = { bin: folder, logs: folder };
  const service = await Service.make({ kind: "auth", name: "auth", ...places, settings, isOlder: true });
  const names = () => Object.keys(service.child.env).sort();
  assert.deepEqual(names(), ["CONFAB_AUTH_ADMIN_LISTEN", "CONFAB_AUTH_LISTEN", "CONFAB_AUTH_OLD_ONE"]);
  service.upgrade("/new");
  assert.deepEqual(service.child.command, ["/new/confab-auth"]);
  assert.ok(names().includes("CONFAB_AUTH_NEW_ONE"));
});

it("what a sanitizer has written is told once", () => {
  const log = join(folder, "gateway.log");
  const child = new Child({ name: "gateway", command: ["true"], log });
  assert.deepEqual(child.reports(), []);
  writeFileSync(log, "fine\na.cpp:1:2: runtime error: shift\n");
  assert.equal(child.reports().length, 1);
  assert.deepEqual(child.reports(), []);
  appendFileSync(log, "==7==ERROR: AddressSanitizer: heap-use-after-free\n  #0 x\n");
  assert.match(child.reports()[0], /heap-use-after-free\n {2}#0/);
});
