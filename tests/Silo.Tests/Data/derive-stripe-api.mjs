// Makes stripe-api-used.json: the operations that StripeClient uses, with their parameters, as a closed description.
// node derive-stripe-api.mjs stripe-api.json stripe-api-v2-core.json > stripe-api-used.json
// Both inputs are OpenAPI descriptions that were derived from the typings of the official stripe-node 23.1.0 (MIT).
import { readFileSync } from "node:fs";

const used = [
  "PaymentIntent.create", "PaymentIntent.retrieve", "PaymentIntent.list", "PaymentIntent.confirm", "PaymentIntent.cancel",
  "Charge.retrieve", "Charge.list",
  "SetupIntent.create", "SetupIntent.retrieve", "SetupIntent.confirm", "SetupIntent.cancel",
  "Session.create", "Session.retrieve",
  "Customer.create", "Customer.retrieve", "Customer.del", "Customer.listPaymentMethods",
  "PaymentMethod.retrieve", "PaymentMethod.attach", "PaymentMethod.detach",
  "Refund.create", "Refund.retrieve", "Refund.list",
  "Dispute.retrieve", "Dispute.list", "Dispute.update", "Dispute.close", "EarlyFraudWarning.list",
  "Transfer.create", "Transfer.retrieve", "Transfer.list", "Transfer.createReversal", "Transfer.listReversals",
  "Balance.retrieve", "BalanceTransaction.retrieve", "BalanceTransaction.list", "Payout.retrieve", "Payout.list",
  "Event.retrieve", "Event.list",
];
const usedV2 = ["Account.create", "Account.retrieve", "Account.update", "AccountLink.create"];

// Objects inside of objects that we send. Of the others only the name is kept, and sending one is found as a mistake.
const kept = new Set([
  "created", "evidence", "setup_intent_data", "configuration", "recipient", "capabilities", "stripe_balance", "stripe_transfers", "defaults", "responsibilities",
  "identity", "use_case", "account_onboarding", "account_update",
]);

function shapeOf(api, schema, name) {
  while (schema.$ref) schema = api.components.schemas[schema.$ref.split("/").at(-1)];
  if (schema.anyOf) {
    const options = schema.anyOf.map((one) => shapeOf(api, one, name));
    return options.includes("unused") ? "unused" : { anyOf: options };
  }
  if (schema.enum) return { enum: schema.enum };
  if (schema.type === "array") {
    const item = shapeOf(api, schema.items, name);
    return item === "unused" ? "unused" : { array: item };
  }
  if (schema.properties) return kept.has(name) ? objectOf(api, schema) : "unused";
  if (schema.type === "object") return { map: "string" };
  if (!["string", "integer", "boolean"].includes(schema.type)) throw new Error(`${name}: ${JSON.stringify(schema)}`);
  return schema.type;
}

function objectOf(api, schema) {
  const fields = Object.entries(schema.properties).map(([name, inner]) => [name, shapeOf(api, inner, name)]);
  return { ...(schema.required ? { required: schema.required } : {}), fields: Object.fromEntries(fields) };
}

function operationsOf(file, names) {
  const api = JSON.parse(readFileSync(file, "utf8"));
  const all = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
  return names.map((name) => {
    const { path, method, operation } = all.find((one) => one.operation.operationId === name) ?? {};
    if (!path) throw new Error(`${name} is not in ${file}.`);
    const [type, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
    let schema = body?.schema;
    while (schema?.$ref) schema = api.components.schemas[schema.$ref.split("/").at(-1)];
    const query = (operation.parameters ?? []).filter((one) => one.in === "query");
    schema ??= { properties: Object.fromEntries(query.map((one) => [one.name, one.schema])), required: query.filter((one) => one.required).map((one) => one.name) };
    return { operation: name, method: method.toUpperCase(), path, body: type ?? null, ...objectOf(api, { properties: {}, ...schema }) };
  });
}

const [v1, v2] = process.argv.slice(2);
const operations = [...operationsOf(v1, used), ...operationsOf(v2, usedV2)];
const { info } = JSON.parse(readFileSync(v1, "utf8"));
console.log(`{"version":${JSON.stringify(info.version)},"source":${JSON.stringify(info["x-source"])},"operations":[`);
console.log(operations.map((one) => JSON.stringify(one)).join(",\n"));
console.log("]}");
