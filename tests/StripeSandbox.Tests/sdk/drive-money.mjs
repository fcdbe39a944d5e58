// Drives accounts, transfers, balances and payouts as a marketplace would with the official SDK. Reports one JSON line.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Stripe from "stripe";

const [address, secret, connectedSecret] = process.argv.slice(2);
const { hostname, port } = new URL(address);
const stripe = new Stripe("sk_test_sandbox_sdk", { host: hostname, port, protocol: "http", maxNetworkRetries: 0 });

const webhooks = [];
let arrived = () => {};
const receiver = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    webhooks.push({ path: request.url, body: Buffer.concat(chunks), signature: request.headers["stripe-signature"] });
    response.end();
    arrived();
  });
});
receiver.listen(0, "127.0.0.1");
await once(receiver, "listening");
console.log(`http://127.0.0.1:${receiver.address().port}/`);
const input = createInterface({ input: process.stdin });
await once(input, "line"); // the sandbox knows both addresses now
input.close();

async function webhook(type) {
  for (;;) {
    const found = webhooks.find((candidate) => JSON.parse(candidate.body).type === type);
    if (found) return found;
    await new Promise((resolve) => (arrived = resolve));
  }
}

async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("The call was not refused.");
}

const create = {
  contact_email: "ana@example.org",
  display_name: "Ana",
  dashboard: "express",
  identity: { country: "us", entity_type: "individual" },
  defaults: { currency: "usd", responsibilities: { fees_collector: "application", losses_collector: "application" } },
  configuration: { recipient: { capabilities: { stripe_balance: { stripe_transfers: { requested: true } } } } },
  metadata: { streamer_id: "s1" },
  include: ["configuration.recipient", "requirements"],
};
const account = await stripe.v2.core.accounts.create(create, { idempotencyKey: "account:s1:1" });
assert.equal((await stripe.v2.core.accounts.create(create, { idempotencyKey: "account:s1:1" })).id, account.id);
assert.equal(account.configuration.recipient.capabilities.stripe_balance.stripe_transfers.status, "restricted");
assert.ok(account.requirements.entries.length > 0);
const early = await refused(stripe.transfers.create({ amount: 100, currency: "usd", destination: account.id }));
assert.equal(early.code, "insufficient_capabilities_for_transfer");

const link = await stripe.v2.core.accountLinks.create({
  account: account.id,
  use_case: {
    type: "account_onboarding",
    account_onboarding: { refresh_url: "https://shop.example/again", return_url: "https://shop.example/back" },
  },
});
const page = await fetch(link.url, { method: "POST", body: new URLSearchParams({ decision: "finish" }), redirect: "manual" });
assert.equal(page.status, 303);
assert.equal(page.headers.get("location"), "https://shop.example/back");
const active = await stripe.v2.core.accounts.retrieve(account.id, { include: ["configuration.recipient"] });
assert.equal(active.configuration.recipient.capabilities.stripe_balance.stripe_transfers.status, "active");
const renamed = await stripe.v2.core.accounts.update(account.id, { display_name: "Ana Live" });
assert.equal(renamed.display_name, "Ana Live");
await stripe.v2.core.accounts.create({ display_name: "Bea" });
const accounts = [];
for await (const item of stripe.v2.core.accounts.list({ limit: 1 })) accounts.push(item.display_name);
assert.deepEqual(accounts, ["Bea", "Ana Live"]);

const poor = await refused(stripe.transfers.create({ amount: 100, currency: "usd", destination: account.id }));
assert.equal(poor.code, "balance_insufficient");
const payment = await stripe.paymentIntents.create({
  amount: 10_000,
  currency: "usd",
  payment_method: "pm_card_visa",
  confirm: true,
  expand: ["latest_charge.balance_transaction"],
});
assert.equal(payment.latest_charge.balance_transaction.net, 10_000 - 320);
assert.equal((await stripe.balance.retrieve()).available[0].amount, 9_680);

const transfer = await stripe.transfers.create(
  { amount: 5_000, currency: "usd", destination: account.id, transfer_group: "payout:p1", metadata: { payout_id: "p1" } },
  { idempotencyKey: "payout:p1:1" },
);
const reversal = await stripe.transfers.createReversal(transfer.id, { amount: 1_000 });
assert.equal(reversal.amount, 1_000);
assert.equal((await stripe.transfers.listReversals(transfer.id)).data[0].id, reversal.id);
const read = await stripe.transfers.retrieve(transfer.id, { expand: ["destination", "balance_transaction"] });
assert.equal(read.amount_reversed, 1_000);
assert.equal(read.destination.payouts_enabled, true);
assert.equal(read.balance_transaction.net, -5_000);
assert.equal((await stripe.transfers.list({ transfer_group: "payout:p1" })).data[0].id, transfer.id);

const moved = [];
for await (const item of stripe.balanceTransactions.list({ limit: 1 })) moved.push(item);
assert.deepEqual(moved.map((item) => item.type), ["transfer_refund", "transfer", "charge"]);
const sum = moved.reduce((total, item) => total + item.net, 0);
assert.equal((await stripe.balance.retrieve()).available[0].amount, sum);
const sources = await stripe.balanceTransactions.list({ type: "transfer", expand: ["data.source"] });
assert.equal(sources.data[0].source.id, transfer.id);

const sent = await webhook("transfer.created");
assert.equal(sent.path, "/platform");
assert.equal(stripe.webhooks.constructEvent(sent.body, sent.signature, secret).data.object.metadata.payout_id, "p1");
assert.throws(() => stripe.webhooks.constructEvent(sent.body, sent.signature, connectedSecret));
await webhook("transfer.reversed");

const paid = await webhook("payout.paid");
assert.equal(paid.path, "/connected");
const payout = stripe.webhooks.constructEvent(paid.body, paid.signature, connectedSecret);
assert.equal(payout.account, account.id);
assert.equal(payout.data.object.amount, 4_000);
assert.throws(() => stripe.webhooks.constructEvent(paid.body, paid.signature, secret));
const inName = { stripeAccount: account.id };
assert.equal((await stripe.payouts.retrieve(payout.data.object.id, {}, inName)).status, "paid");
assert.equal((await stripe.payouts.list({}, inName)).data.length, 1);
assert.equal((await stripe.balance.retrieve({}, inName)).available[0].amount, 0);
const out = [];
for await (const item of stripe.balanceTransactions.list({ payout: payout.data.object.id, limit: 2 }, inName)) out.push(item.type);
assert.deepEqual(out, ["payout", "payment_refund", "payment"]);

const thin = await webhook("v2.core.account[configuration.recipient].capability_status_updated");
assert.equal(thin.path, "/connected");
const notification = stripe.parseEventNotification(thin.body, thin.signature, connectedSecret);
assert.throws(() => stripe.parseEventNotification(thin.body, thin.signature, secret));
assert.equal(notification.related_object.id, account.id);
assert.equal((await notification.fetchRelatedObject()).id, account.id);
assert.equal((await notification.fetchEvent()).data.updated_capability, "stripe_balance.stripe_transfers");
const updated = await webhook("account.updated");
assert.equal(stripe.webhooks.constructEvent(updated.body, updated.signature, connectedSecret).account, account.id);

// A cursor over the platform's events: everything newer than the last one that was read.
const cursor = (await stripe.events.list({ limit: 1 })).data[0].id;
await stripe.customers.create({ name: "Cleo" });
await stripe.customers.create({ name: "Dora" });
const newer = [];
for await (const event of stripe.events.list({ ending_before: cursor, limit: 1 })) newer.push(event.data.object.name);
assert.deepEqual(newer, ["Cleo", "Dora"]);

assert.equal((await stripe.v2.core.accounts.close(account.id, { applied_configurations: ["recipient"] })).closed, true);
const unknown = await refused(stripe.v2.core.accounts.create({ display_nmae: "x" }));
assert.equal(unknown.code, "parameter_unknown");

receiver.close();
receiver.closeAllConnections();
console.log(JSON.stringify({ done: true, sdk: Stripe.PACKAGE_VERSION ?? "unknown", webhooks: webhooks.length }));
