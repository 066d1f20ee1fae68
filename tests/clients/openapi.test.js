// The description at /v1/openapi.json against the server. All of it is driven by that file: each
// operation is called with its examples, whose names stand for those of a world made for it.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, describe, it } from "node:test";

import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";

import { call, createRoom, signUp } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const [gateway] = gateways;
const methods = ["get", "put", "post", "patch", "delete"];
const { body: api } = await call(gateway, "GET", "/v1/openapi.json");

/** What a $ref stands for. */
function resolved(item) {
  if (!item?.$ref) return item;
  return item.$ref.slice(2).split("/").reduce((at, key) => at[key], api);
}

const operations = Object.entries(api.paths).flatMap(([path, item]) =>
  methods.filter((method) => item[method]).map((method) => {
    const operation = item[method];
    const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolved);
    return {
      ...operation, path, method: method.toUpperCase(), parameters,
      secured: (operation.security ?? api.security).length > 0,
      body: operation.requestBody?.content["application/json"],
    };
  }));
// What is no call and answer is tested by plain.test.js.
const callable = operations.filter((operation) => !operation.responses["101"]);

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(api, "api");
const pointer = (...keys) => keys.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1")).join("/");

/** That the answer is one the file tells of. */
function conforms({ path, method, operationId }, { status, headers, body }) {
  const { responses } = api.paths[path][method.toLowerCase()];
  const name = responses[status] ? String(status) : "default";
  assert.ok(responses[status] || status >= 400, `${operationId} answered ${status}, which is not described`);
  const { content } = resolved(responses[name]);
  const where = `${operationId} ${status}: ${JSON.stringify(body)}`;
  if (!content) return assert.equal(body, null, where);
  const [type] = Object.keys(content);
  assert.equal(headers.get("content-type"), type, where);
  const at = responses[name].$ref?.slice(2).split("/") ?? ["paths", path, method.toLowerCase(), "responses", name];
  const schema = ajv.getSchema(`api#/${pointer(...at, "content", type, "schema")}`);
  assert.ok(schema(body), `${where}: ${ajv.errorsText(schema.errors)}`);
}

/** A caller "ann" of its own, with a room of hers and bob in which she has said something, seq 1, and an invitation to
 * it; and what the examples stand for. */
async function world({ bob, carol }) {
  const ann = await signUp(gateway, "ann");
  const { gid } = await createRoom(gateway, ann, [bob]);
  const said = { token: ann.token, body: { text: "hello" } };
  assert.equal((await call(gateway, "POST", `/v1/rooms/${gid}/messages`, said)).status, 201);
  const invited = await call(gateway, "POST", `/v1/rooms/${gid}/invites`, { token: ann.token });
  assert.equal(invited.status, 201);
  const names = {
    ann: ann.username, bob: bob.username, carol: carol.username, dora: `dora-${randomBytes(5).toString("hex")}`,
    wjLJb3Jo: gid, "refresh-token-of-ann": ann.refreshToken, "code-of-lobby": invited.body.code,
  };
  const told = (value) => {
    if (typeof value === "string") return names[value] ?? value;
    if (Array.isArray(value)) return value.map(told);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, told(inner)]));
  };
  return { token: ann.token, told };
}

/** Calls with the examples, but for what `changes` gives: { token, body, query, path }. */
function request(operation, { token, told }, changes = {}) {
  let path = operation.path;
  const query = new URLSearchParams();
  for (const { in: place, name, example } of operation.parameters) {
    const value = changes[place]?.[name] ?? told(example);
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    if (place === "query" && value !== undefined) query.set(name, value);
  }
  if (String(query)) path += `?${query}`;
  const body = "body" in changes ? changes.body : told(operation.body?.example);
  return call(gateway, operation.method, path, { token: "token" in changes ? changes.token : token, body });
}

describe("the description of the REST door", () => {
  let shared;

  before(async () => {
    const [bob, carol] = await Promise.all([signUp(gateway, "bob"), signUp(gateway, "carol")]);
    shared = { bob, carol };
  });

  async function refused(operation, made, changes, status, code) {
    const answer = await request(operation, made, changes);
    const where = `${operation.operationId} ${JSON.stringify(changes)} ${JSON.stringify(answer.body)}`;
    assert.deepEqual([answer.status, answer.body.code], [status, code], where);
    conforms(operation, answer);
    return answer.body.detail;
  }

  it("is valid OpenAPI 3.1", async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(api));
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
  });

  it("names every method of its paths, and no other", async () => {
    for (const path of new Set(callable.map((operation) => operation.path))) {
      const mine = callable.filter((operation) => operation.path === path);
      const other = methods.map((name) => name.toUpperCase())
        .find((name) => !mine.some(({ method }) => method === name));
      const answer = await call(gateway, other, path.replaceAll(/[{}]/g, ""));
      assert.equal(answer.status, 405, path);
      assert.deepEqual(answer.headers.get("allow").split(", ").sort(), mine.map(({ method }) => method).sort());
    }
  });

  for (const operation of callable) {
    const { operationId, method, path, body, parameters, secured } = operation;

    it(`${method} ${path} (${operationId}) answers as described`, async () => {
      const made = await world(shared);
      const success = Object.keys(operation.responses).find((status) => status.startsWith("2"));
      const examples = parameters.filter(({ in: place }) => place === "path");
      assert.ok(examples.every(({ example }) => example !== undefined), "a parameter in the path has no example");
      assert.equal(Boolean(body?.example), Boolean(body), "the body has no example");

      // Refusals first: what follows may use the world up.
      if (secured) {
        for (const token of [undefined, "nonsense"]) {
          await refused(operation, made, { token }, 401, "unauthenticated");
        }
      }
      if (body) {
        for (const text of ["{", "[]", '"text"', '{"a":"\\ud800"}']) {
          await refused(operation, made, { body: text }, 400, "invalid_argument");
        }
        const { properties, required } = body.schema;
        const example = made.told(body.example);
        for (const name of Object.keys(properties)) {
          const wrong = resolved(properties[name]).type === "string" ? 7 : "text";
          const detail = await refused(operation, made, { body: { ...example, [name]: wrong } }, 400, "invalid_argument");
          assert.ok(detail.includes(`"${name}"`), `${detail} does not name ${name}`);
        }
        for (const name of required ?? []) {
          const { [name]: left, ...rest } = example;
          await refused(operation, made, { body: rest }, 400, "invalid_argument");
        }
      }
      for (const { in: place, name, schema } of parameters) {
        if (place === "query" && schema.type === "integer") {
          await refused(operation, made, { query: { [name]: "x" } }, 400, "invalid_argument");
        }
        if (place === "path" && name === "room") {
          await refused(operation, made, { path: { room: "zzzzzzzz" } }, 404, "room_not_found");
        }
      }

      const answer = await request(operation, made);
      assert.equal(answer.status, Number(success), JSON.stringify(answer.body));
      conforms(operation, answer);
    });
  }

  it("describes entries of every kind that the history holds", async () => {
    const made = await world(shared);
    const of = (operationId) => callable.find((operation) => operation.operationId === operationId);
    const done = ["addMember", "send", "edit", "react", "pin", "setRole", "updateRoom", "removeMember"];
    for (const operationId of [...done, "ban", "unban", "redact"]) {
      // The last one takes away what only ann has said.
      const changes = operationId === "redact" ? { path: { seq: 3 } } : {};
      const answer = await request(of(operationId), made, changes);
      assert.ok(answer.status < 300, `${operationId}: ${JSON.stringify(answer.body)}`);
    }
    const pages = {};
    for (const raw of [true, false]) {
      const history = await request(of("history"), made, { query: { raw } });
      assert.equal(history.status, 200);
      conforms(of("history"), history);
      pages[raw] = history.body.events.map(({ type }) => type);
    }
    assert.deepEqual(pages.true, ["message", "member.joined", "message", "message.edited", "reaction", "pin",
      "member.updated", "room.updated", "member.left", "member.updated", "member.updated", "message.redacted"]);
    assert.deepEqual(pages.false, ["message", "member.joined", "message", "member.updated", "room.updated",
      "member.left", "member.updated", "member.updated"]);
  });
});
