/** A road that a contact shares from a terminal, taken in a browser (spec/carriers.md §9.5). */
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

import { afterAll, beforeAll, expect, test } from "vitest";

import { encodeLink, RELAY_DESCRIPTOR } from "../../src/wire/links.ts";
import { LinkKind, Road } from "../../src/wire/tables.ts";
import { RelayProcess } from "../carriers/relay_process.ts";
import { Person } from "./people.ts";
import { Terminal } from "./terminal.ts";

const relay = new RelayProcess("--plain-tcp", "no");
/** What stands for a proxy: it leads to the relay wherever that is. */
const proxy = createServer((socket) => {
  const onward = connect(relay.port, "127.0.0.1");
  socket.pipe(onward).pipe(socket);
  for (const end of [socket, onward])
    end.on("error", () => {
      socket.destroy();
      onward.destroy();
    });
});
let bob: Person;
let cleo: Terminal;
/** Roads of the proxy that a browser can take, and that it cannot. */
let link: string;

beforeAll(async () => {
  await relay.start();
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const pass = await relay.pass();
  const { path } = await relay.address();
  const { port } = proxy.address() as AddressInfo;
  const at = (road: number) => ({ road, host: "localhost", port, path, cover: "" });
  const { key } = pass.relay;
  const addresses = [at(Road.WS), at(Road.TCP)];
  link = encodeLink(LinkKind.ROAD, RELAY_DESCRIPTOR.write({ key, addresses }));
  bob = await Person.begin("Bob", pass);
  cleo = await new Terminal("Cleo").begin(await relay.pass());
  await bob.client.add(await cleo.invite(), "It is Bob.");
  await cleo.accept("Bob");
  await cleo.run("road", "share", link, "Bob");
}, 180_000);
afterAll(async () => {
  bob.kill();
  proxy.close();
  await relay.end();
});

test("a contact's road waits, is taken, reaches a relay that has moved, and is forgotten", async () => {
  await bob.sees("the road", async () => (await bob.client.roads()).length > 0);
  const waiting = await bob.client.roads();
  const { id } = waiting[0]!;
  expect(waiting).toMatchObject([{ host: "localhost", giver: "Cleo", isTaken: false }]);
  expect(await noticed()).toEqual(["1 1"]);

  await relay.end();
  relay.port = 0;
  await relay.start();
  expect(await bob.client.takeRoad(id)).toMatchObject([
    { giver: "Cleo", isTaken: true },
  ]);
  await bob.client.retryNow();
  await bob.sees("the relay", async () => (await bob.client.status()).connected);

  expect(await bob.client.removeRoad(id)).toEqual([]);
  await expect(bob.client.takeRoad(id)).rejects.toThrow("no such road");
}, 120_000);

async function noticed(): Promise<readonly string[]> {
  return (await bob.messages("Cleo")).flatMap(({ notice }) =>
    notice?.kind === "roads" ? [notice.detail] : [],
  );
}
