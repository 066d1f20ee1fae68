// Where the clients of replaced apps connect: the ports that the dialects have for themselves, one a gateway.
function addresses(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run ./dev up, then ". .dev/env"`);
  return value.split(" ");
}

/** Base URLs of chat_backend at the root, one a gateway. */
export const chatBackends = () => addresses("CONFAB_CHAT_BACKEND");
/** Its raw TCP ports: { host, port }. */
export const chatBackendTcp = () => addresses("CONFAB_CHAT_BACKEND_TCP").map((address) => {
  const [host, port] = address.split(":");
  return { host, port: Number(port) };
});
/** Base URLs of chat_socketio and flask_chat at the root, one a gateway. */
export const chatSocketIos = () => addresses("CONFAB_CHAT_SOCKETIO");
export const flaskChats = () => addresses("CONFAB_FLASK_CHAT");
