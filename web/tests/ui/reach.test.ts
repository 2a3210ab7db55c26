import { expect, it } from "vitest";

import { hurryWhenBack } from "../../src/ui/reach.ts";

class Page extends EventTarget {
  visibilityState = "visible";
}

it("tries the relays at once when the network or the reader is back", () => {
  const [window, document] = [new EventTarget(), new Page()];
  let tries = 0;
  const retryNow = () => {
    tries += 1;
    return Promise.reject(new Error("locked"));
  };
  const stop = hurryWhenBack({ retryNow }, { window, document });
  window.dispatchEvent(new Event("online"));
  expect(tries).toBe(1);
  document.dispatchEvent(new Event("visibilitychange"));
  expect(tries).toBe(2);
  document.visibilityState = "hidden";
  document.dispatchEvent(new Event("visibilitychange"));
  expect(tries).toBe(2);
  stop();
  window.dispatchEvent(new Event("online"));
  expect(tries).toBe(2);
});
