// Free ports, below those that the kernel gives to outgoing connections.
import { once } from "node:events";
import { createServer } from "node:net";

const [lowest, count] = [20_000, 11_000];
const given = new Set();

/** One that nothing listens on now, and that was not given before. */
export async function freePort() {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = lowest + Math.floor(Math.random() * count);
    if (given.has(port)) continue;
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await Promise.race([
      once(server, "listening").then(() => true),
      once(server, "error").then(() => false),
    ]).catch(() => false);
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    given.add(port);
    return port;
  }
  throw new Error("found no free port between 20000 and 31000");
}
