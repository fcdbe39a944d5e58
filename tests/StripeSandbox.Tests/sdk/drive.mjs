// Drives the sandbox as a shop would with the official SDK. Reports one JSON line; any surprise ends with an error.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Stripe from "stripe";

const [address, secret] = process.argv.slice(2);
const { hostname, port } = new URL(address);
const stripe = new Stripe("sk_test_sandbox_sdk", { host: hostname, port, protocol: "http", maxNetworkRetries: 0 });

const webhooks = [];
let arrived = () => {};
const receiver = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    webhooks.push({ body: Buffer.concat(chunks), signature: request.headers["stripe-signature"] });
    response.end();
    arrived();
  });
});
receiver.listen(0, "127.0.0.1");
await once(receiver, "listening");
console.log(`http://127.0.0.1:${receiver.address().port}/`);
const input = createInterface({ input: process.stdin });
await once(input, "line"); // the sandbox knows the address now
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

const customer = await stripe.customers.create({ name: "Ana", email: "ana@example.org", metadata: { person: "p1" } });
assert.equal((await stripe.customers.retrieve(customer.id)).metadata.person, "p1");

const pay = { amount: 1250, currency: "usd", customer: customer.id, payment_method: "pm_card_visa", confirm: true };
const paid = await stripe.paymentIntents.create(
  { ...pay, metadata: { topup_id: "t1", "a[b]": "c & d" }, expand: ["latest_charge"] },
  { idempotencyKey: "topup:t1:1" },
);
assert.equal(paid.status, "succeeded");
assert.equal(paid.livemode, false);
assert.equal(paid.metadata["a[b]"], "c & d");
assert.equal(paid.latest_charge.paid, true);
assert.match(paid.lastResponse.requestId, /^req_sim_/);

const mismatch = await refused(stripe.paymentIntents.create({ ...pay, amount: 1251 }, { idempotencyKey: "topup:t1:1" }));
assert.equal(mismatch.type, "StripeIdempotencyError");

const declined = await refused(stripe.paymentIntents.create({ ...pay, payment_method: "pm_card_chargeDeclined" }));
assert.equal(declined.type, "StripeCardError");
assert.equal(declined.code, "card_declined");
assert.equal(declined.decline_code, "generic_decline");
assert.equal(declined.payment_intent.status, "requires_payment_method");
const retried = await stripe.paymentIntents.confirm(declined.payment_intent.id, { payment_method: "pm_card_visa" });
assert.equal(retried.status, "succeeded");

const asking = await stripe.paymentIntents.create({
  ...pay,
  payment_method: "pm_card_authenticationRequired",
  return_url: "https://shop.example/back",
});
assert.equal(asking.status, "requires_action");
assert.equal(asking.next_action.type, "redirect_to_url");
const page = await fetch(asking.next_action.redirect_to_url.url, {
  method: "POST",
  body: new URLSearchParams({ decision: "approve" }),
  redirect: "manual",
});
assert.equal(page.status, 303);
assert.equal((await stripe.paymentIntents.retrieve(asking.id)).status, "succeeded");

const open = await stripe.paymentIntents.create({ amount: 500, currency: "usd" });
assert.equal((await stripe.paymentIntents.cancel(open.id, { cancellation_reason: "abandoned" })).status, "canceled");

const refund = await stripe.refunds.create({ payment_intent: paid.id, amount: 250, reason: "requested_by_customer" });
assert.equal((await stripe.refunds.retrieve(refund.id)).amount, 250);
assert.equal((await stripe.refunds.list({ payment_intent: paid.id })).data.length, 1);
assert.equal((await stripe.charges.retrieve(paid.latest_charge.id)).amount_refunded, 250);

const listed = [];
for await (const item of stripe.paymentIntents.list({ customer: customer.id, created: { gte: paid.created - 60 }, limit: 1 })) listed.push(item.id);
assert.deepEqual(listed, [asking.id, retried.id, paid.id]);

const unknown = await refused(stripe.paymentIntents.create({ amount: 500, currency: "usd", amuont: 1 }));
assert.equal(unknown.type, "StripeInvalidRequestError");
assert.equal(unknown.code, "parameter_unknown");
assert.equal(unknown.param, "amuont");
const gone = await refused(stripe.paymentIntents.create({ amount: 500, currency: "usd", payment_method_types: ["card"] }));
assert.equal(gone.code, "payment_method_types_no_longer_supported");
const stranger = new Stripe("sk_test_somebody", { host: hostname, port, protocol: "http", maxNetworkRetries: 0 });
assert.equal((await refused(stranger.customers.list())).type, "StripeAuthenticationError");

// A card is saved once, with the cardholder, and pays later without them.
const setup = await stripe.setupIntents.create({
  customer: customer.id,
  payment_method: "pm_card_authenticationRequiredOnSetup",
  usage: "off_session",
  confirm: true,
  return_url: "https://shop.example/cards",
});
assert.equal(setup.status, "requires_action");
const kept = await fetch(setup.next_action.redirect_to_url.url, {
  method: "POST",
  body: new URLSearchParams({ decision: "approve" }),
  redirect: "manual",
});
assert.equal(kept.status, 303);
const saved = (await stripe.setupIntents.retrieve(setup.id)).payment_method;
const cards = await stripe.customers.listPaymentMethods(customer.id, { type: "card" });
assert.deepEqual(
  cards.data.map((card) => card.id),
  [saved],
);
const away = { amount: 900, currency: "usd", customer: customer.id, off_session: true, confirm: true };
const later = await stripe.paymentIntents.create({ ...away, payment_method: saved });
assert.equal(later.status, "succeeded");
const asks = await stripe.setupIntents.create({ customer: customer.id, payment_method: "pm_card_authenticationRequired", confirm: true });
await fetch(asks.next_action.redirect_to_url.url, { method: "POST", body: new URLSearchParams({ decision: "approve" }), redirect: "manual" });
const asking2 = (await stripe.setupIntents.retrieve(asks.id)).payment_method;
const absent = await refused(stripe.paymentIntents.create({ ...away, payment_method: asking2 }));
assert.equal(absent.type, "StripeCardError");
assert.equal(absent.code, "authentication_required");
assert.equal((await stripe.paymentMethods.detach(asking2)).customer, null);

const part = await stripe.refunds.create({ payment_intent: later.id, amount: 400 }, { idempotencyKey: "refund:r1:1" });
assert.equal(part.status, "succeeded");
const rest = await refused(stripe.refunds.create({ payment_intent: later.id, amount: 501 }));
assert.equal(rest.type, "StripeInvalidRequestError");

const disputed = await stripe.paymentIntents.create({ ...pay, payment_method: "pm_card_createDispute" });
const [dispute] = (await stripe.disputes.list({ payment_intent: disputed.id })).data;
assert.equal(dispute.status, "needs_response");
assert.equal(dispute.balance_transactions[0].amount, -1250);
const answered = await stripe.disputes.update(dispute.id, {
  evidence: { customer_name: "Ana", uncategorized_text: "winning_evidence" },
  metadata: { case: "c1" },
  submit: true,
});
assert.equal(answered.status, "won");
const given = await stripe.paymentIntents.create({ ...pay, payment_method: "pm_card_createDisputeProductNotReceived" });
const [second] = (await stripe.disputes.list({ payment_intent: given.id })).data;
assert.equal((await stripe.disputes.close(second.id)).status, "lost");
const warned = await stripe.paymentIntents.create({ ...pay, payment_method: "pm_card_createIssuerFraudRecord" });
assert.equal((await stripe.radar.earlyFraudWarnings.list({ payment_intent: warned.id })).data[0].actionable, true);
for (const type of ["setup_intent.succeeded", "payment_method.attached", "charge.dispute.closed", "radar.early_fraud_warning.created"]) {
  const told = await webhook(type);
  assert.equal(stripe.webhooks.constructEvent(told.body, told.signature, secret).type, type);
}

const succeeded = await webhook("payment_intent.succeeded");
const event = stripe.webhooks.constructEvent(succeeded.body, succeeded.signature, secret);
assert.equal(event.data.object.id, paid.id);
assert.equal(event.data.object.metadata.topup_id, "t1");
assert.equal(event.request.idempotency_key, "topup:t1:1");
assert.throws(() => stripe.webhooks.constructEvent(succeeded.body, succeeded.signature, `${secret}x`));
const events = await stripe.events.list({ types: ["payment_intent.succeeded"], limit: 100 });
assert.ok(events.data.some((candidate) => candidate.id === event.id));
assert.equal((await stripe.events.retrieve(event.id)).type, event.type);
await webhook("charge.refunded");

receiver.close();
receiver.closeAllConnections();
console.log(JSON.stringify({ done: true, sdk: Stripe.PACKAGE_VERSION ?? "unknown", webhooks: webhooks.length }));
