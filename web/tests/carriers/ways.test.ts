/** Which ways a page has to a relay. */
import { expect, test } from "vitest";
import { urlOf } from "../../src/carriers/websocket.ts";
import { waysTo } from "../../src/carriers/ways.ts";
import type { Address } from "../../src/wire/links.ts";

const at = (road: number, host: string): Address => ({
  road,
  host,
  port: 443,
  path: "/door",
  cover: "",
});
const relay = {
  key: new Uint8Array(32),
  addresses: [at(1, "tcp"), at(2, "ws"), at(3, "wss")],
};
const names = (ways: ReturnType<typeof waysTo>): string[] =>
  ways.map((way) => `${way.by} ${way.address.host}`);

test("a page without TLS takes every road of the web, requests last", () => {
  expect(names(waysTo(relay, { isSecure: false, home: null }))).toEqual([
    "websocket ws",
    "websocket wss",
    "polling ws",
    "polling wss",
  ]);
});

test("a page behind TLS takes only roads behind TLS", () => {
  expect(names(waysTo(relay, { isSecure: true, home: null }))).toEqual([
    "websocket wss",
    "polling wss",
  ]);
});

test("a page takes none of the roads that only a program can take", () => {
  const plain = {
    key: relay.key,
    addresses: [1, 4, 5, 6, 7].map((one) => at(one, "x")),
  };
  expect(waysTo(plain, { isSecure: false, home: null })).toEqual([]);
});

test("the page's own origin comes first where that relay served it, and only then", () => {
  const home = { key: relay.key, addresses: [at(3, "here"), at(3, "wss")] };
  expect(names(waysTo(relay, { isSecure: true, home }))).toEqual([
    "websocket here",
    "websocket wss",
    "polling here",
    "polling wss",
  ]);
  const other = { ...home, key: new Uint8Array(32).fill(1) };
  expect(names(waysTo(relay, { isSecure: true, home: other }))).not.toContain(
    "websocket here",
  );
});

test("roads of contacts come after all others, and none of them is another's", () => {
  const own = at(3, "own");
  const roads = [
    { ...at(3, "friend"), isShared: true } as const,
    { ...at(3, "wss"), isShared: true } as const,
    own,
  ];
  const ways = waysTo(relay, { isSecure: true, home: null }, roads);
  expect(names(ways)).toEqual([
    "websocket own",
    "websocket wss",
    "polling own",
    "polling wss",
    "websocket friend",
    "polling friend",
  ]);
  expect(ways.filter((one) => one.address.isShared)).toHaveLength(2);
});

test("an address becomes a URL, IPv6 in brackets", () => {
  const way = { address: at(3, "2001:db8::1"), by: "polling" } as const;
  expect(urlOf(way, "http")).toBe("https://[2001:db8::1]:443/door");
  expect(urlOf({ ...way, address: at(2, "host") }, "ws")).toBe("ws://host:443/door");
});

test.each(["@10.0.0.1:8443/x", "0/x", ".evil.example/x"])(
  "no path leads to another host: %s",
  (path) => {
    const way = { address: { ...at(3, "host"), path }, by: "websocket" } as const;
    const url = new URL(urlOf(way, "ws"));
    expect([url.hostname, url.port, url.username]).toEqual(["host", "", ""]);
    expect(url.pathname).toBe(`/${path}`);
  },
);
