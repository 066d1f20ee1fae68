// Operations on rooms and on who is in them; what a kind is tells message_operations.js.
import assert from "node:assert/strict";

import {
  roles, toAdd, toArchive, toBan, toChangeSettings, toEnter, toGiveRole, toInvite, toJoin, toLeave, toRemove,
  toRevokeInvite,
} from "./rules.js";
import { Room } from "./world.js";

/** Somebody; more often somebody in the room. */
const somebody = ({ world, dice, room }) =>
  dice.chance(0.7) && room.members.size > 0 ? dice.pick([...room.members.keys()]) : dice.pick(world.users);

const stranger = ({ world, dice, room }) => dice.pick(world.users.filter((user) => !room.members.has(user)));

const leaves = (world, room, user) => room.exit(user, world.wave, room.takeNext());
const enters = (world, room, user, role = "member") => room.enter(user, role, world.wave, room.takeNext());

const create = {
  name: "create", weight: 2, anywhere: true,
  draw({ world, dice, actor }) {
    const key = world.key("r");
    const others = dice.some(world.users.filter((user) => user !== actor), dice.below(6));
    const kind = dice.pick(["private", "private", "public"]);
    const data = { name: world.token(key), kind, members: others.map((user) => user.username) };
    if (dice.chance(0.5)) Object.assign(data, { topic: "of old", picture: "https://example.com/r.png" });
    return {
      title: `create ${key}`, command: "room.create", data, refusals: [],
      apply({ room: made }) {
        const room = new Room(key, made.gid, kind, data.name);
        Object.assign(room, { topic: data.topic ?? "", picture: data.picture ?? "" });
        room.enter(actor, "owner", world.wave, 0);
        for (const user of others) room.enter(user, "member", world.wave, 0);
        world.rooms.push(room);
      },
    };
  },
};

/** Opens the direct room of two, whoever left comes back. */
const direct = {
  name: "direct", weight: 2, anywhere: true,
  draw({ world, dice, actor, claim }) {
    const other = dice.pick(world.users.filter((user) => user !== actor));
    const pair = [actor.key, other.key].sort().join("&");
    const room = world.rooms.find((one) => one.key === pair);
    if (!claim(pair)) return undefined;
    return {
      title: `direct ${pair}`, command: "direct", data: { username: other.username }, refusals: [],
      apply({ room: opened }) {
        if (room) {
          assert.equal(opened.gid, room.gid);
          for (const user of [actor, other]) if (!room.members.has(user)) enters(world, room, user);
          return;
        }
        const made = new Room(pair, opened.gid, "direct", "");
        for (const user of [actor, other]) made.enter(user, "member", world.wave, 0);
        world.rooms.push(made);
      },
    };
  },
};

const update = {
  name: "update", weight: 4,
  draw({ world, dice, room, actor }) {
    const patch = dice.pick([
      { name: world.token(world.key("n")) }, { topic: world.token(world.key("n")) }, { topic: "" },
      { picture: "https://example.com/else.png" }, { kind: "public" }, { kind: "private" },
      { name: room.name || "a name" }]);
    return {
      title: `update ${Object.keys(patch)}`, command: "room.update", data: { room: room.gid, ...patch },
      refusals: toChangeSettings(room, actor),
      apply({ room: updated }) {
        const changes = Object.entries(patch).some(([name, value]) => room[name] !== value);
        Object.assign(room, patch);
        if (changes) room.takeNext();
        for (const [name, value] of Object.entries(patch)) assert.equal(updated[name], value);
      },
    };
  },
};

/** Taken out again more often than put in, so that there is somewhere to talk. */
const archive = {
  name: "archive", weight: 3,
  draw({ dice, room, actor }) {
    const archived = dice.chance(room.archived ? 0.1 : 0.6);
    return {
      title: archived ? "archive" : "unarchive", command: "room.archive", data: { room: room.gid, archived },
      refusals: toArchive(room, actor),
      apply({ room: updated }) {
        assert.equal(updated.archived, archived);
        if (room.archived !== archived) room.takeNext();
        room.archived = archived;
      },
    };
  },
};

const invite = {
  name: "invite", weight: 3,
  draw({ dice, room, actor }) {
    const uses = dice.below(3); // 0: any number.
    return {
      title: `invite for ${uses}`, command: "room.invite", data: { room: room.gid, ...(uses > 0 ? { uses } : {}) },
      refusals: toInvite(room, actor),
      apply({ code }) {
        room.invites.push({ code, uses: uses > 0 ? uses : Infinity });
      },
    };
  },
};

const revoke = {
  name: "revoke", weight: 1,
  draw({ dice, room, actor }) {
    const invitation = dice.pick(room.invites);
    if (!invitation) return undefined;
    // One that is used up may be there until another is made.
    const refusals = toRevokeInvite(room, actor);
    if (refusals.length === 0 && invitation.uses <= 0) return undefined;
    return {
      title: "revoke", command: "room.invite.revoke", data: { room: room.gid, code: invitation.code }, refusals,
      apply() {
        room.invites = room.invites.filter((one) => one !== invitation);
        invitation.uses = 0;
      },
    };
  },
};

const joinByCode = {
  name: "join by code", weight: 4,
  draw({ world, dice, room, actor }) {
    const invitation = dice.pick(room.invites);
    if (!invitation) return undefined;
    const isIn = room.members.has(actor);
    const bad = !isIn && invitation.uses <= 0;
    return {
      title: "join by a code", command: "room.join", data: { code: invitation.code },
      refusals: bad ? ["not_found"] : toEnter(room, actor),
      apply({ room: entered }) {
        assert.equal(entered.gid, room.gid);
        if (isIn) return;
        invitation.uses -= 1;
        enters(world, room, actor);
      },
    };
  },
};

const join = {
  name: "join", weight: 5,
  draw({ world, room, actor }) {
    return {
      title: "join", command: "room.join", data: { room: room.gid }, refusals: toJoin(room, actor),
      apply({ room: entered }) {
        assert.equal(entered.gid, room.gid);
        if (!room.members.has(actor)) enters(world, room, actor);
      },
    };
  },
};

const add = {
  name: "add", weight: 8,
  draw(scene) {
    const { world, dice, room, actor } = scene;
    const user = dice.chance(0.85) ? stranger(scene) : somebody(scene);
    if (!user) return undefined;
    const role = dice.weighed([{ weight: 5, role: "member" }, ...roles.map((one) => ({ weight: 1, role: one }))]).role;
    return {
      title: `add ${user.key} as ${role}`, command: "member.add",
      data: { room: room.gid, username: user.username, role }, refusals: toAdd(room, actor, user, role),
      apply(member) {
        assert.deepEqual([member.username, member.role, member.added_by], [user.username, role, actor.username]);
        enters(world, room, user, role);
      },
    };
  },
};

const leave = {
  name: "leave", weight: 4,
  draw({ world, room, actor }) {
    return {
      title: "leave", command: "room.leave", data: { room: room.gid }, refusals: toLeave(room, actor),
      apply: () => leaves(world, room, actor),
    };
  },
};

const remove = {
  name: "remove", weight: 4,
  draw(scene) {
    const { world, room, actor } = scene;
    const user = somebody(scene);
    return {
      title: `remove ${user.key}`, command: "member.remove", data: { room: room.gid, username: user.username },
      refusals: user === actor ? toLeave(room, actor) : toRemove(room, actor, user),
      apply: () => leaves(world, room, user),
    };
  },
};

const ban = {
  name: "ban", weight: 3,
  draw(scene) {
    const { world, room, actor } = scene;
    const user = somebody(scene);
    return {
      title: `ban ${user.key}`, command: "member.ban", data: { room: room.gid, username: user.username },
      refusals: toBan(room, actor, user),
      apply() {
        if (room.members.has(user)) leaves(world, room, user);
        else if (!room.bans.has(user)) room.takeNext();
        room.bans.add(user);
      },
    };
  },
};

const unban = {
  name: "unban", weight: 4,
  draw({ dice, room, actor, world }) {
    const user = room.bans.size > 0 ? dice.pick([...room.bans]) : dice.pick(world.users);
    return {
      title: `unban ${user.key}`, command: "member.unban", data: { room: room.gid, username: user.username },
      refusals: toBan(room, actor, user),
      apply() {
        if (room.bans.delete(user)) room.takeNext();
      },
    };
  },
};

const giveRole = {
  name: "role", weight: 6,
  draw(scene) {
    const { dice, room, actor } = scene;
    const user = somebody(scene);
    const role = dice.pick(roles);
    return {
      title: `make ${user.key} ${role}`, command: "member.role",
      data: { room: room.gid, username: user.username, role }, refusals: toGiveRole(room, actor, user, role),
      apply(member) {
        assert.equal(member.role, role);
        if (room.members.get(user) !== role) room.takeNext();
        room.members.set(user, role);
      },
    };
  },
};

export const roomKinds =
  [create, direct, update, archive, invite, revoke, joinByCode, join, add, leave, remove, ban, unban, giveRole];
