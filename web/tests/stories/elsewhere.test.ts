import { afterAll, expect, test } from "vitest";

import { parsePassLink } from "../../src/wire/links.ts";
import { Enemy } from "../browser/enemy.ts";
import { Relay } from "../kit/relay.ts";

const [near, far] = await Promise.all([
  Relay.start("--mode", "open"),
  Relay.start("--mode", "open"),
]);
afterAll(async () => {
  await near.remove();
  await far.remove();
});

test("a file on a strange relay is not fetched before somebody asks for it", async () => {
  const [vera, mallory] = await Promise.all([
    Enemy.begin("Vera", near.passLink()),
    Enemy.begin("Mallory", near.passLink()),
  ]);
  await mallory.add(await vera.invite(), "");
  const { conversation } = await vera.sees(
    "Mallory",
    async () => (await vera.requests())[0],
  );
  await vera.accept(conversation);
  const { id } = await mallory.chat("Vera");
  const { relay } = parsePassLink(far.passLink());
  await mallory.sayFile(id, "a picture", { relay, mediaType: "image/png" }, {}, "look");

  const came = await vera.message(conversation, "look");
  const isUnasked = true;
  await expect(vera.fetchFile(conversation, came.id, isUnasked)).rejects.toMatchObject({
    said: { code: "file elsewhere" },
  });
  // The strange relay is visited now, and has no such blob.
  await expect(vera.fetchFile(conversation, came.id)).rejects.toMatchObject({
    said: { code: "refusal 24" },
  });
  vera.close();
  mallory.close();
});
