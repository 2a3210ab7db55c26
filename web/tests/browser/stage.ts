/** Where the stories of one file play: an open relay, and a browser beside it. */

import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

import { Relay } from "../kit/relay.ts";
import { launch } from "./chromium.ts";

export class Stage {
  relay!: Relay;
  browser!: Browser;

  private constructor() {}

  /** Set it before the first story of the block it is called in, and clear it at the end. */
  static set(): Stage {
    const stage = new Stage();
    beforeAll(async () => {
      stage.relay = await Relay.start("--mode", "open");
      stage.browser = await launch();
    });
    afterAll(async () => {
      await stage.browser.close();
      await stage.relay.remove();
    });
    return stage;
  }
}
