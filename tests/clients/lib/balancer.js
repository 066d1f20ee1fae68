// HAProxy in front of the gateways, without affinity: request by request to one after the other.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = ["/usr/sbin", process.env.PATH].join(":");

function configuration(gateways) {
  const servers = gateways.map((url, i) => `  server gateway-${i + 1} ${new URL(url).host} check inter 100ms fall 1`);
  return `
global
  maxconn 500
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
  retries 3
  option redispatch 1
  retry-on conn-failure
frontend clients
  bind fd@3
  default_backend gateways
backend gateways
  balance roundrobin
${servers.join("\n")}
`;
}

/** Starts one on a free port; { url, stop }. */
export async function balance(gateways) {
  const folder = mkdtempSync(join(tmpdir(), "confab-haproxy-"));
  const file = join(folder, "haproxy.cfg");
  writeFileSync(file, configuration(gateways));
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  const child = spawn("haproxy", ["-db", "-q", "-f", file], {
    env: { ...process.env, PATH: program },
    stdio: ["ignore", "ignore", "inherit", listener._handle.fd],
  });
  const ended = once(child, "close");
  listener.close();
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true });
  };
  return { url, stop };
}
