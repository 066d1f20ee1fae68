// What is compared at the end. Each check gives a line for each thing that is not as it should be.
import { setTimeout as pause } from "node:timers/promises";

import { dumpTables } from "../lib/system.js";
import { differences } from "./compare.js";
import { indexedTo, logOf, readRooms, viewOf } from "./database.js";
import { RestDoor } from "./doors.js";
import { Fold } from "./fold.js";

/** The index works in a tenth of the time, behind floods. */
const patience = 150_000;

/** Every device's fold of every room it is in. */
export function checkDevices({ devices, world }) {
  return devices.flatMap((device) => world.roomsOf(device.user).flatMap((room) =>
    differences(room.view(), device.views.get(room.gid).fold.view(), `${device.key} of ${room.key}`)));
}

/** Nobody got an entry that came after they had gone, unless they were back. */
export function checkNothingAfterLeaving({ devices, seen, world }) {
  const all = [...seen, ...devices.flatMap((device) => device.seen.map((one) => ({ ...one, user: device.user })))];
  const rooms = new Map(world.rooms.map((room) => [room.gid, room]));
  return all.filter(({ user, gid, wave, seq }) => {
    const stays = rooms.get(gid).stays.get(user) ?? [];
    // The latest that had begun by then.
    const stay = stays.filter((one) => one.inWave <= wave).at(-1);
    return !stay || (stay.outWave <= wave && seq > stay.outSeq);
  }).map(({ user, gid, wave, seq }) => `${user.key} got seq ${seq} of ${gid} in wave ${wave}: ` +
    JSON.stringify(rooms.get(gid).stays.get(user) ?? "never was in it"));
}

/** What the rooms' list, the pins, bans, members and pages say to each member, on every gateway. */
export async function checkLists({ world, gateways }) {
  const perUser = world.users.flatMap((user) => gateways.map((gateway) => roomLists(world, user, new RestDoor(gateway, user))));
  const perRoom = world.rooms.filter((room) => room.members.size > 0).flatMap((room) =>
    gateways.map((gateway) => roomPages(room, gateway)));
  return (await Promise.all([...perUser, ...perRoom])).flat();
}

async function must(door, command, data) {
  const answer = await door.ask(command, data);
  if (!answer.ok) throw new Error(`${command} ${JSON.stringify(data)}: ${JSON.stringify(answer.error)}`);
  return answer;
}

async function roomLists(world, user, door) {
  const listed = {};
  for (const archived of [false, true]) {
    for (let after; ;) {
      const page = await must(door, "rooms", { limit: 7, archived, ...(after ? { after } : {}) });
      for (const room of page.rooms) {
        const { gid, role, read_seq: readSeq, unread, head, last_message: last } = room;
        listed[gid] = { role, readSeq, unread, head: head.seq, last: last?.seq };
      }
      after = page.next;
      if (!after) break;
    }
  }
  const wanted = Object.fromEntries(world.roomsOf(user).map((room) => [room.gid, {
    role: room.members.get(user), readSeq: room.stay(user).readSeq, unread: room.unread(user), head: room.head,
    last: room.messages.map((one) => one.seq).filter((seq) => seq > room.head - 500).sort((a, b) => a - b).at(-1) }]));
  return differences(wanted, listed, `the list of ${user.key}`);
}

async function roomPages(room, gateway) {
  const user = [...room.members.keys()][0];
  const door = new RestDoor(gateway, user);
  const { room: settings } = await must(door, "room", { room: room.gid });
  const { members } = await must(door, "members", { room: room.gid, limit: 1000 });
  const pins = (await must(door, "pins", { room: room.gid })).events.map((event) => event.seq).sort((a, b) => a - b);
  const [folded, raw] = [new Fold(), new Fold()];
  folded.start(settings, members);
  raw.start(settings, members, 0);
  for (const page of await pages(door, room, { limit: 150 })) folded.page(page);
  for (const page of await pages(door, room, { limit: 150, raw: true })) page.events.forEach((event) => raw.entry(event));
  const wanted = room.view();
  const pinned = room.messages.filter((one) => one.pinned).map((one) => one.seq).sort((a, b) => a - b);
  const where = `${room.key} by REST`;
  return [
    ...differences(wanted, folded.view(), `${where}, folded`), ...differences(wanted, raw.view(), `${where}, raw`),
    ...differences(pinned, pins, `${where}, pins`)];
}

/** All pages upward. */
async function pages(door, room, range) {
  const all = [];
  for (let after = 0, more = true; more; ) {
    const page = await must(door, "history", { room: room.gid, after, ...range });
    all.push(page);
    more = page.more;
    after = page.events.at(-1)?.seq;
  }
  return all;
}

/** The tables, also against the raw log by REST. */
export async function checkTables({ world, gateways }) {
  const people = new Map(world.users.map((user) => [user.id, user.username]));
  const tables = await readRooms(world.rooms.map((room) => room.gid));
  const lines = await Promise.all(world.rooms.map(async (room) => {
    const rows = tables.get(room.gid);
    const users = [...room.members.keys()];
    const positions = Object.fromEntries(users.map((user) => [user.username, room.stay(user).readSeq]));
    const stored = Object.fromEntries(rows.reads.map((row) => [row.username, row.last_read_seq]));
    const found = [
      ...differences(room.view(), viewOf(rows, people), `${room.key} in SQL`),
      ...differences(positions, stored, `${room.key} in SQL, read positions`),
      ...differences([...room.bans].map((user) => user.username).sort(),
        rows.bans.map((row) => row.username).sort(), `${room.key} in SQL, bans`),
      ...differences(room.head, rows.entries.length, `${room.key} in SQL, entries`)];
    if (users.length === 0) return found;
    const raw = (await pages(new RestDoor(gateways[0], users[0]), room, { limit: 200, raw: true }))
      .flatMap((page) => page.events).map((event) => ({ ...event, sender: event.sender.username }));
    return [...found, ...differences(logOf(rows, room.gid, people), raw, `the log of ${room.key} in SQL and by REST`)];
  }));
  return lines.flat();
}

/** Redacted words are in no table; the index of words follows the logs, so they are let catch up. */
export async function checkRedacted({ world }) {
  await indexed(world.rooms);
  const dump = (await Promise.all(["chat", "auth"].map((schema) => dumpTables(schema)))).join("\n");
  const words = (message) => [message.data, ...message.edits.map((edit) => edit.data)].map((data) => data.text.split(" ")[0]);
  const known = new Set(dump.match(/[0-9a-z]+/g));
  const all = world.rooms.flatMap((room) => room.messages);
  return [
    ...all.filter((message) => message.redacted).flatMap((message) => words(message).filter((word) => known.has(word))
      .map((word) => `${word} of ${message.key} was redacted and is in a table`)),
    ...all.filter((message) => !message.redacted && !known.has(words(message)[0]))
      .map((message) => `the words of ${message.key} are in no table, so finding none proves nothing`)];
}

async function indexed(rooms) {
  const written = rooms.filter((room) => room.head > 0);
  const gids = written.map((room) => room.gid);
  for (const start = Date.now(); ;) {
    const to = await indexedTo(gids);
    const behind = written.filter((room) => to.get(room.gid) < room.head);
    if (behind.length === 0) return;
    if (Date.now() - start > patience) throw new Error(`not indexed: ${behind.map((room) => room.key)}`);
    await pause(100); // Nobody tells when it is.
  }
}
