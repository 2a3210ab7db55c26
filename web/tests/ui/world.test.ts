import { expect, it } from "vitest";

import { loadFile } from "../../src/ui/media/blobs.ts";
import { World } from "../../src/ui/world.ts";
import { fullScene } from "./scenes.ts";
import { scriptedDoor } from "./scripted.ts";

it("a chat no longer says that one has asked when the other has accepted", async () => {
  const scene = fullScene(false, 20);
  const door = scriptedDoor(scene);
  const world = new World(door);
  const stop = await world.open();
  const chat = [...world.conversations.value.values()].find(({ peer }) => peer);
  const peer = { ...chat!.peer!, state: "asked" as const };
  door.tell({ type: "conversation changed", conversation: { ...chat!, peer } });
  door.tell({ type: "contact changed", contact: { ...peer, state: "accepted" } });
  expect(world.conversations.value.get(chat!.id)?.peer?.state).toBe("accepted");
  stop();
});

it("a file that was looked at goes from the page with its message", async () => {
  const scene = fullScene(false, 20);
  const door = scriptedDoor(scene);
  const world = new World(door);
  const stop = await world.open();
  const found = [...scene.messages.values()]
    .flat()
    .find((one) => one.attachment?.mediaType === "application/pdf");
  scene.files.set(found!.id, new Blob(["what it holds"]));
  const file = await loadFile(world, found!);
  expect(await loadFile(world, found!)).toBe(file);
  const { conversation, id: message } = found!;
  door.tell({ type: "message gone", conversation, message });
  expect(await loadFile(world, found!)).not.toBe(file);
  stop();
});
