// Who may do what, after the table "Roles" of docs/protocol.md. Each rule gives the codes of the
// refusals that are due; none: it is allowed. Where several are due the server may choose.

const ranks = ["owner", "admin", "member", "read-only"];

export const roles = ranks;

const above = (role, other) => ranks.indexOf(role) < ranks.indexOf(other);
const inCharge = (role) => role === "owner" || role === "admin";
const denied = "permission_denied";

const has = (room, role) => [...room.members.values()].includes(role);

/** Whether somebody besides `user` is in charge. */
const othersInCharge = (room, user) => [...room.members].some(([other, role]) => other !== user && inCharge(role));

/** What the user counts as: an admin as the owner where there is none. */
function rank(room, user) {
  const role = room.members.get(user);
  return role === "admin" && !has(room, "owner") ? "owner" : role;
}

/** Each rule's row is [a reason that holds, its code]. */
const codes = (...rows) => rows.filter(([holds]) => holds).map(([, code]) => code);

/** For those in charge; `rows` are only looked at where the actor is in the room. */
function forThoseInCharge(room, actor, rows = () => []) {
  if (!room.members.has(actor)) return ["not_a_member"];
  return codes([room.kind === "direct" || !inCharge(room.members.get(actor)), denied], ...rows());
}

const mayWrite = (room, user) => room.members.get(user) !== "read-only";

export function toSend(room, user) {
  if (!room.members.has(user)) return ["not_a_member"];
  return codes([!mayWrite(room, user), denied], [room.archived, denied]);
}

/** To read, or to listen. */
export const toRead = (room, user) => codes([!room.members.has(user), "not_a_member"]);

export function toEdit(message, user) {
  const { room } = message;
  if (!room.members.has(user)) return ["not_a_member"];
  return codes([message.sender !== user, denied], [!mayWrite(room, user), denied], [message.redacted, "redacted"],
    [room.archived, denied]);
}

export function toRedact(message, user) {
  const { room } = message;
  if (!room.members.has(user)) return ["not_a_member"];
  return codes([message.sender !== user && !inCharge(room.members.get(user)), denied],
    [room.archived && !message.redacted, denied]);
}

/** `changes`: whether it is not so already. */
export function toReact(message, user, changes) {
  const { room } = message;
  if (!room.members.has(user)) return ["not_a_member"];
  return codes([!mayWrite(room, user), denied], [message.redacted, "redacted"], [room.archived && changes, denied]);
}

export function toPin(message, user, pinned, changes) {
  const { room } = message;
  if (!room.members.has(user)) return ["not_a_member"];
  return codes([!mayWrite(room, user), denied], [room.kind !== "direct" && !inCharge(room.members.get(user)), denied],
    [pinned && message.redacted, "redacted"], [room.archived && changes, denied]);
}

/** To come in alone: into a public room or with an invitation; who is in already is let in again. */
export function toEnter(room, user) {
  if (room.members.has(user)) return [];
  return codes([room.archived, denied], [room.bans.has(user), denied]);
}

export function toJoin(room, user) {
  if (!room.members.has(user) && room.kind !== "public") return ["not_a_member"];
  return toEnter(room, user);
}

export function toAdd(room, actor, user, role) {
  const alone = actor === user && room.kind === "public";
  if (!alone && !room.members.has(actor)) return ["not_a_member"];
  const due = codes([room.members.has(user), "already_exists"], [room.kind === "direct", denied],
    [room.archived, denied], [room.bans.has(user), denied]);
  if (alone) return [...due, ...codes([role !== "member", denied])];
  return [...due, ...codes([!inCharge(room.members.get(actor)), denied], [above(role, rank(room, actor)), denied])];
}

export function toLeave(room, user) {
  if (!room.members.has(user)) return ["not_a_member"];
  const left = room.members.size > 1 && !othersInCharge(room, user);
  return codes([room.kind !== "direct" && inCharge(room.members.get(user)) && left, denied]);
}

export const toRemove = (room, actor, user) => forThoseInCharge(room, actor, () => [
  [!room.members.has(user), "user_not_found"],
  [room.members.has(user) && above(room.members.get(user), rank(room, actor)), denied]]);

/** Also to lift a ban. */
export const toBan = (room, actor, user) => forThoseInCharge(room, actor, () => [
  [actor === user, denied],
  [room.members.has(user) && above(room.members.get(user), rank(room, actor)), denied]]);

export const toGiveRole = (room, actor, user, role) => forThoseInCharge(room, actor, () => [
  [!room.members.has(user), "user_not_found"],
  [room.archived, denied],
  [above(role, rank(room, actor)), denied],
  [room.members.has(user) && above(room.members.get(user), rank(room, actor)), denied],
  [inCharge(room.members.get(user)) && !inCharge(role) && !othersInCharge(room, user), denied]]);

export const toChangeSettings = (room, actor) => forThoseInCharge(room, actor, () => [[room.archived, denied]]);

export const toArchive = (room, actor) => forThoseInCharge(room, actor, () => [
  [rank(room, actor) !== "owner", denied]]);

export const toInvite = toChangeSettings;
export const toRevokeInvite = (room, actor) => forThoseInCharge(room, actor);
