// Lives in a room as the official client does, over MessagePack, beside one that speaks JSON. Reports one JSON line.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { json, messagePack, open } from "./ear.mjs";

const [address, roomId, anaId, anaToken, ownerToken] = process.argv.slice(2);
const url = `${address}hub/room`;
const names = ["snapshot", "batch", "closed"];

/** A UUIDv7. */
function key() {
  const hex = Date.now().toString(16).padStart(12, "0") + "7" + randomBytes(10).toString("hex").slice(1, 4) + "8" + randomBytes(10).toString("hex").slice(1, 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const owner = await open(url, json(), { token: ownerToken, names });
let ana = await open(url, messagePack(), { token: anaToken, names });

// Join: the answer, and the snapshot alike in both.
assert.deepEqual(await owner.call("Join", { roomId }), { value: { badge: "owner", mutedUntil: null } });
assert.deepEqual(await ana.call("Join", { roomId, since: undefined }), { value: { badge: "viewer", mutedUntil: null } });
const [told, packed] = [await owner.next("snapshot"), await ana.next("snapshot")];
assert.deepEqual(Object.keys(packed).sort(), Object.keys(told).sort());
assert.deepEqual(packed.room.owner, told.room.owner);
assert.equal(packed.room.stream.phase, "live");
assert.equal(packed.room.stream.startedAt, told.room.stream.startedAt);

// What one says, both hear, and it is the same to the last character.
const text = "Héllo 👋 <b>שלום</b> 東京";
const said = key();
const receipt = await ana.call("Say", { key: said, text });
const [toAna, toOwner] = [await ana.event((one) => one.kind === "chat"), await owner.event((one) => one.kind === "chat")];
assert.deepEqual(toAna, toOwner);
assert.deepEqual([toAna.key, toAna.text, toAna.sender.id, toAna.badge], [said, text, anaId, "viewer"]);
assert.equal(receipt.value.messageId, toAna.messageId);
assert.match(toAna.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/);

// Gifts: one that cannot be paid is refused with its amounts, one that can is shown.
const { gifts } = await (await fetch(`${address}api/gifts`)).json();
const [rose, dearest] = [gifts[0], gifts.at(-1)];
const refused = await ana.call("SendGift", { key: key(), giftId: dearest.giftId, quantity: 9, unitPrice: dearest.price });
assert.deepEqual([refused.value, refused.refusal.code, refused.refusal.name], [undefined, 3003, "insufficient_coins"]);
assert.equal(refused.refusal.amounts.balance, 500);
const given = await ana.call("SendGift", { key: key(), giftId: rose.giftId, quantity: 2, unitPrice: rose.price });
assert.equal(given.value.balance, 500 - 2 * rose.price);
assert.deepEqual(await ana.event((one) => one.kind === "gift"), await owner.event((one) => one.kind === "gift"));

// What cannot be read is refused, and the connection stays.
for (const [method, ...args] of [["Say", { key: "x", text }], ["Say", { key: key() }], ["Say"], ["Join", null], ["Drop", 1], ["Join", new Uint8Array(3)]]) {
  const answer = await ana.call(method, ...args);
  assert.deepEqual([answer.refusal.code, answer.refusal.name], [1001, "malformed"], method);
}
await assert.rejects(new Promise((resolve, reject) => ana.connection.stream("Leave").subscribe({ next: resolve, complete: resolve, error: reject })), /Leave/);
await ana.connection.send("Watching", { streamId: packed.room.stream.streamId, positionMs: 1500 });

// Gone for a moment: what was missed comes as batches, without a snapshot and without a hole.
await ana.connection.stop();
for (const missed of ["one", "two"]) assert.ok((await owner.call("Say", { key: key(), text: missed })).value);
ana = await open(url, messagePack(), { token: anaToken, names });
const { sequence } = toAna;
assert.ok((await ana.call("Join", { roomId, since: { epoch: packed.position.epoch, sequence } })).value);
let last = sequence;
for (const seen = []; !seen.includes("two"); ) {
  for (const one of (await ana.next("batch")).events) {
    assert.equal(one.sequence, ++last);
    if (one.kind === "chat") seen.push(one.text);
  }
}
assert.equal(ana.has("snapshot"), false);

// A client that asks for it is resumed: the same connection over a new socket, nothing lost.
const guest = await open(url, messagePack(), { names, configure: (builder) => builder.withStatefulReconnect() });
assert.ok((await guest.call("Join", { roomId })).value);
const transport = guest.connection.connection;
assert.equal(transport.features.reconnect, true);
const [id, socket] = [guest.connection.connectionId, transport.transport._webSocket];
assert.ok((await owner.call("Say", { key: key(), text: "before" })).value);
await guest.event((one) => one.text === "before");
socket.terminate();
assert.ok((await owner.call("Say", { key: key(), text: "in between" })).value);
await guest.event((one) => one.text === "in between");
assert.notEqual(transport.transport._webSocket, socket);
assert.equal(guest.connection.connectionId, id);
assert.deepEqual(await guest.call("Leave"), { value: {} });
assert.equal(guest.has("ended"), false);
await guest.connection.stop();

// Banned: told why, then closed.
assert.deepEqual(await owner.call("Moderate", { kind: "ban", accountId: anaId, seconds: null, reason: "spam" }), { value: {} });
assert.equal((await ana.next("closed")).code, 2008);
await ana.next("ended");
await owner.connection.stop();
console.log(JSON.stringify({ done: true }));
