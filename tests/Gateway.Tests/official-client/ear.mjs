// A connection of the official client, and what it heard.
import signalr from "@microsoft/signalr";
import msgpack from "@microsoft/signalr-protocol-msgpack";

const { HubConnectionBuilder, JsonHubProtocol, LogLevel } = signalr;

export const json = () => new JsonHubProtocol();
export const messagePack = () => new msgpack.MessagePackHubProtocol();

/** Opens one that waits for what it is asked for, in any order; what was taken is gone. */
export async function open(url, protocol, { token, names = [], configure = (builder) => builder } = {}) {
  const builder = new HubConnectionBuilder()
    .withUrl(url, token ? { accessTokenFactory: () => token } : {})
    .withHubProtocol(protocol)
    .configureLogging(LogLevel.None);
  const connection = configure(builder).build();
  const heard = [];
  let wake = () => {};
  const hear = (name, message) => {
    heard.push({ name, message });
    wake();
  };
  for (const name of names) connection.on(name, (message) => hear(name, message));
  connection.onclose((error) => hear("ended", error ?? null));
  connection.onreconnecting((error) => hear("reconnecting", error ?? null));
  await connection.start();
  return {
    connection,
    call: (method, ...args) => connection.invoke(method, ...args),
    has: (name) => heard.some((one) => one.name === name),
    async next(name, test = () => true) {
      for (;;) {
        const at = heard.findIndex((one) => one.name === name && test(one.message));
        if (at >= 0) return heard.splice(at, 1)[0].message;
        await new Promise((resolve) => (wake = resolve));
      }
    },
    async event(test) {
      const batch = await this.next("batch", ({ events }) => events.some(test));
      return batch.events.find(test);
    },
  };
}
