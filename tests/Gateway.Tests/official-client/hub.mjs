// Uses everything of the protocol that a hub can offer: results, errors, streams both ways, cancellation, questions to the client.
import assert from "node:assert/strict";
import signalr from "@microsoft/signalr";
import { messagePack, open } from "./ear.mjs";

const [url] = process.argv.slice(2);
const { connection, call, next } = await open(url, messagePack(), { names: ["told"], configure: (builder) => builder.withAutomaticReconnect() });
connection.on("question", (number) => number + 1);

/** The items of a stream, to its end. */
function items(stream, most = Number.POSITIVE_INFINITY) {
  return new Promise((resolve, reject) => {
    const seen = [];
    const subscription = stream.subscribe({
      next(item) {
        seen.push(item);
        if (seen.length === most) {
          subscription.dispose();
          resolve(seen);
        }
      },
      complete: () => resolve(seen),
      error: reject,
    });
  });
}

// Results, of every size of number and text that an encoding changes at; none; an error.
for (const number of [0, 1, -1, 31, 32, -32, -33, 127, 128, -128, -129, 255, 256, 32767, -32768, -32769, 65535, 65536, 2147483647, -2147483648, 4294967295, 4294967296, -2147483649, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
  assert.equal(await call("Number", number), number);
}
for (const length of [0, 1, 31, 32, 255, 256, 20_000]) assert.equal(await call("Text", "é".repeat(length / 2) + "x".repeat(length % 2)), "é".repeat(length / 2) + "x".repeat(length % 2));
for (const length of [0, 15, 16, 300]) assert.deepEqual(await call("List", Array.from({ length }, (_, at) => at)), Array.from({ length }, (_, at) => at));
const when = new Date(Date.UTC(2026, 1, 3, 4, 5, 6, 789));
assert.equal(Date.parse(await call("Time", when)), when.getTime());
assert.equal(Date.parse(await call("Time", when.toISOString())), when.getTime());
assert.equal(await call("Nothing"), null);
await assert.rejects(call("Fail"), /It fails on purpose/);
await connection.send("Tell", 7);
assert.equal(await next("told"), 7);

// Streams down, up, broken off, and one that fails in the middle.
assert.deepEqual(await items(connection.stream("Count", 5)), [0, 1, 2, 3, 4]);
assert.deepEqual(await items(connection.stream("Count", 1_000_000), 3), [0, 1, 2]);
assert.equal(await call("WaitForCancellation"), "cancelled");
await assert.rejects(items(connection.stream("CountAndFail")), /It fails on purpose/);
const upload = new signalr.Subject();
const sum = call("Sum", upload);
for (const number of [1, 20, 300]) upload.next(number);
upload.complete();
assert.equal(await sum, 321);

// The server asks the client.
assert.equal(await call("Ask", 41), 42);

// The server stops: the client is told that it may come back.
console.log("stop");
await next("reconnecting");
console.log(JSON.stringify({ done: true }));
process.exit(0);
