// A Redis of the laboratory.
import { join } from "node:path";

import { Redis } from "ioredis";

import { Child } from "./child.js";
import { freePort } from "./ports.js";

/** A connection that fails at once instead of trying again. */
function client(port, options = {}) {
  const redis = new Redis({
    port,
    host: "127.0.0.1",
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    connectTimeout: 1000,
    ...options,
  });
  redis.on("error", () => {});
  return redis;
}

export class RedisServer {
  static async make({ name = "redis", folder, logs }) {
    const server = new RedisServer();
    server.name = name;
    server.port = await freePort();
    server.child = new Child({
      name,
      isServer: true,
      log: join(logs, `${name}.log`),
      command: [
        "redis-server",
        "--bind",
        "127.0.0.1",
        "--port",
        String(server.port),
        "--dir",
        folder,
        "--daemonize",
        "no",
        "--save",
        "",
        "--appendonly",
        "no",
        "--logfile",
        "",
      ],
      isReady: () => server.isReady(),
    });
    return server;
  }

  async isReady() {
    return (await this.command("PING").catch(() => null)) === "PONG";
  }

  /** One command by a connection of its own; bytes come as Buffers where `binary`. */
  async command(...words) {
    const redis = client(this.port, { commandTimeout: 3000 });
    try {
      await redis.connect();
      return await redis.call(...words);
    } finally {
      redis.disconnect();
    }
  }

  /** A connection for many payloads: { publish(channel, payload), stop() }. */
  async publisher() {
    const redis = client(this.port, { commandTimeout: 3000 });
    await redis.connect();
    return { publish: (channel, payload) => redis.publish(channel, payload), stop: () => redis.disconnect() };
  }

  /** Hears what is published to the channels of the pattern; `hear(channel, payload)` gets a Buffer. */
  async listen(pattern, hear) {
    const redis = client(this.port);
    await redis.connect();
    redis.on("pmessageBuffer", (_, channel, payload) => hear(channel.toString(), payload));
    await redis.psubscribe(pattern);
    return { stop: () => redis.disconnect() };
  }

  /** How many connections listen to each channel of the pattern. */
  async listeners(pattern = "confab:room:*") {
    const channels = await this.command("PUBSUB", "CHANNELS", pattern);
    const counts = await this.command("PUBSUB", "NUMSUB", ...channels);
    return Object.fromEntries(channels.map((channel, i) => [channel, counts[2 * i + 1]]));
  }
}
