// What the clients do: drawn from the seed for each client alone, so that a seed gives the same
// operations again; only when each meets the fault depends on the machine.

const kinds = [
  ["send", 80],
  ["repeat", 6],
  ["cut", 2],
  ["move", 2],
  ["refused", 2],
  ["membership", 2],
];
const meanGapMs = 120;
const longest = 16 * 1024;

function drawKind(random) {
  let rest = random.below(kinds.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [kind, weight] of kinds) {
    if ((rest -= weight) < 0) return kind;
  }
  return "send";
}

/** The operations of one client for ever: { gapMs, kind, room, gateway, cmid, text, isReply, refusedText }. */
export function* operations(random, rooms, doors) {
  for (;;) {
    const kind = drawKind(random);
    const size = random.chance(0.02) ? random.below(8000) : random.below(200);
    yield {
      kind,
      gapMs: -Math.log(1 - random.next()) * meanGapMs,
      room: random.pick(rooms),
      gateway: random.pick(doors),
      cmid: random.uuid(),
      text: `${random.uuid()}${"x".repeat(size)} ünï "quoted"\\`,
      isReply: random.chance(0.15),
      refusedText: random.pick(["", "y".repeat(longest + 1)]),
    };
  }
}

export class Generator {
  #timers = new Map();
  #isOn = false;

  /** `pace` multiplies the gaps; where it `isCalm` nobody breaks connections, where it `keepsMembers` nobody leaves. */
  constructor(world, { pace = 1, isCalm = false, keepsMembers = false } = {}) {
    Object.assign(this, { world, pace, isCalm, keepsMembers });
    const { random, rooms, system } = world;
    this.plans = world.clients.map((client) =>
      operations(
        random.fork(`operations ${client.name.split("/")[1]}`),
        rooms.filter(({ members }) => members.includes(client.user)).map(({ room }) => room),
        system.doors,
      ),
    );
    // One device of each user but the owner enters and leaves public rooms.
    this.movers = new Set(
      world.users.slice(1).map(({ user }) => world.clients.find((client) => client.user === user.id)),
    );
    this.inside = new Set(rooms.flatMap(({ room, members }) => members.map((user) => `${room} ${user}`)));
  }

  start() {
    this.#isOn = true;
    this.world.clients.forEach((client, i) => this.#next(client, this.plans[i]));
  }

  stop() {
    this.#isOn = false;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #next(client, plan) {
    const { value } = plan.next();
    this.#timers.set(
      client,
      setTimeout(() => {
        if (!this.#isOn) return;
        this.#do(client, value);
        this.#next(client, plan);
      }, value.gapMs * this.pace),
    );
  }

  #do(client, { kind, room, gateway, cmid, text, isReply, refusedText }) {
    if (kind === "send") client.send(room, { cmid, text, isReply });
    else if (kind === "refused") client.send(room, { cmid, text: refusedText });
    else if (kind === "repeat") client.repeat(room);
    else if (kind === "cut" && !this.isCalm) client.cut(gateway);
    else if (kind === "move" && !this.isCalm) client.move(gateway);
    else if (kind === "membership" && !this.keepsMembers) this.#changeMembership(client, room);
  }

  #changeMembership(client, room) {
    const isPublic = this.world.rooms.find((known) => known.room === room).kind === "public";
    if (!isPublic || !this.movers.has(client)) return;
    const key = `${room} ${client.user}`;
    if (this.inside.delete(key)) client.leave(room);
    else {
      this.inside.add(key);
      client.join(room);
    }
  }
}
