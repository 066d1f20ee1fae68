// A system of the laboratory's own: PostgreSQL, Redis, auth, two message-stores, two gateways, and a
// proxy on every leg between them. All are direct children of this process.
import { chmodSync, mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { askingOnly, domain } from "./name_space.js";
import { Postgres } from "./postgres.js";
import { Proxy } from "./proxy.js";
import { RedisServer } from "./redis.js";
import { Resolver } from "./resolver.js";
import { Service } from "./service.js";

/** Short, so that clients notice within a row that a gateway has gone silent. */
const heartbeat = { PING_INTERVAL: "6s", PING_TIMEOUT: "6s" };
/** Long enough for a few clients to leave one by one. */
const ending = { DRAIN_DELAY: "200ms", DRAIN_WINDOW: "3s" };
/** The clients are floods by intent, and few users have many connections. */
const unlimited = Object.fromEntries(
  ["COMMANDS", "SENDS", "ROOM_SENDS", "ROOM", "CHANGES", "PAGES", "SEARCHES", "CREATES", "SETTINGS", "REFUSALS"]
    .map((rate) => [`RATE_${rate}`, 0])
    .concat([["MAX_CONNECTIONS_PER_USER", 0]]),
);

export class System {
  proxies = {}; // By "<from>-<to>", such as "gateway-1-redis" and "clients-gateway-1".
  services = [];
  closers = [];

  /**
   * `bin`: folder of the programs. `options`: { storeOrder(gateway, addresses) of the message-stores,
   * gateway, store and auth: settings of all of a kind, postgres(system): options of Postgres.make,
   * isOlder: whether the programs are of an older version, hasNames: whether the services are given
   * names instead of addresses, which `resolver` knows, failpoints: whether gateways and message-stores
   * are the programs that have them }.
   */
  static async start(bin, options = {}) {
    const system = new System();
    system.bin = bin;
    system.options = options;
    try {
      await system.#start();
    } catch (error) {
      await system.stop();
      throw error;
    }
    return system;
  }

  async #start() {
    // Not in /tmp, which may be memory: fsync is to cost what it costs.
    this.folder = mkdtempSync(join(process.env.CONFAB_CHAOS_DIR ?? "/var/tmp", "confab-chaos-"));
    chmodSync(this.folder, 0o755);
    this.logs = join(this.folder, "logs");
    mkdirSync(this.logs);
    this.data = join(this.folder, "data");
    mkdirSync(this.data, { mode: 0o777 });
    chmodSync(this.data, 0o777);
    this.postgres = await Postgres.make({
      folder: this.data,
      logs: this.logs,
      ...(await this.options.postgres?.(this)),
    });
    this.redis = await RedisServer.make({ folder: this.data, logs: this.logs });
    await Promise.all([this.postgres.child.start(), this.redis.child.start()]);
    if (this.options.hasNames) {
      this.resolver = await Resolver.start(domain);
      this.within = askingOnly(this.resolver.address, this.folder);
    }
    await this.postgres.query("CREATE ROLE confab LOGIN");
    await this.postgres.query("CREATE DATABASE confab OWNER confab");
    await this.#makeServices();
    await this.auth.run("migrate");
    await this.stores[0].run("migrate");
    // A gateway that finds a store away at first does without it for two seconds more.
    await Promise.all([this.auth, ...this.stores].map(({ child }) => child.start()));
    await Promise.all(this.gateways.map(({ child }) => child.start()));
  }

  async #makeServices() {
    const { options } = this;
    this.auth = await this.#service("auth", "auth", {
      DATABASE_URL: await this.#databaseUrl("auth"),
      INSECURE_FAST_HASHING: "true",
      ACCESS_TOKEN_LIFE: "24h",
      ...options.auth,
    });
    this.stores = [];
    for (const name of ["message-store-1", "message-store-2"]) {
      this.stores.push(
        await this.#service("message-store", name, {
          DATABASE_URL: await this.#databaseUrl(name),
          REDIS_URLS: await this.#redisUrl(name),
          ...options.store,
        }),
      );
    }
    this.gateways = [];
    for (const name of ["gateway-1", "gateway-2"]) this.gateways.push(await this.#gateway(name));
    this.doors = [];
    for (const { name, port } of this.gateways) {
      this.doors.push(`http://127.0.0.1:${await this.#proxied("clients", name, port)}`);
    }
  }

  async #gateway(name) {
    const { options } = this;
    const stores = [];
    for (const store of this.stores) stores.push(await this.#addressOf(name, store.name, store.port));
    const ordered = options.storeOrder?.(name, stores) ?? stores;
    return this.#service("gateway", name, {
      RPC_LISTEN: "127.0.0.1:0",
      ...heartbeat,
      ...ending,
      AUTH_ADDRESS: await this.#addressOf(name, "auth", this.auth.port),
      MESSAGE_STORES: ordered.join(","),
      REDIS_URLS: await this.#redisUrl(name),
      ...unlimited,
      ...options.gateway,
    });
  }

  async #service(kind, name, settings) {
    const bin = this.options.failpoints && kind !== "auth" ? join(this.bin, "failpoints") : this.bin;
    const { logs, within, options } = this;
    const service = await Service.make({ kind, name, bin, logs, settings, isOlder: options.isOlder, within });
    this.services.push(service);
    return service;
  }

  async #proxied(from, to, port) {
    const proxy = await Proxy.to(port);
    this.proxies[`${from}-${to}`] = proxy;
    return proxy.port;
  }

  /** host:port of the leg from one to the other. */
  async #addressOf(from, to, port) {
    this.resolver?.set(to, "127.0.0.1");
    return `${this.resolver ? to : "127.0.0.1"}:${await this.#proxied(from, to, port)}`;
  }

  async #databaseUrl(from) {
    const [host, port] = (await this.#addressOf(from, "postgres", this.postgres.port)).split(":");
    return this.postgres.url("confab", "confab", { host, port });
  }

  async #redisUrl(from) {
    return `redis://${await this.#addressOf(from, "redis", this.redis.port)}`;
  }

  /** All legs to it, and its name, are at another address of this machine from now on. */
  async move(to, host) {
    for (const leg of this.legs(new RegExp(`-${to}$`))) await leg.move(host);
    this.resolver.set(to, host);
  }

  /** The proxies whose name matches. */
  legs(pattern) {
    return Object.entries(this.proxies)
      .filter(([name]) => pattern.test(name))
      .map(([, proxy]) => proxy);
  }

  chat(sql, values) {
    return this.postgres.query(sql, { database: "confab", values });
  }

  /** The sum over all processes of one kind. */
  async metric(services, name, labels) {
    const pages = await Promise.all(services.map((service) => service.metrics()));
    return pages.reduce((sum, page) => sum + page.sum(name, labels), 0);
  }

  /** Whatever a fault has left: everything runs and every leg is healthy. */
  async restore() {
    for (const proxy of Object.values(this.proxies)) proxy.heal();
    this.postgres.signalAll("SIGCONT");
    const children = [this.postgres.child, this.redis.child, ...this.services.map(({ child }) => child)];
    for (const child of children) child.signal("SIGCONT");
    for (const child of children) await child.start();
    await Promise.all(children.map((child) => child.ready()));
  }

  async stop() {
    for (const proxy of Object.values(this.proxies)) proxy.stop();
    await Promise.all(this.services.map(({ child }) => child.kill()));
    await Promise.all([this.redis?.child.kill(), this.postgres?.kill()]);
    for (const close of this.closers) await close();
    this.resolver?.stop();
    if (this.folder) rmSync(this.folder, { recursive: true, force: true });
  }

  /** Also ends `close` when the system ends. */
  onStop(close) {
    this.closers.push(close);
  }
}
