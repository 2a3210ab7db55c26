/** A relay, and everybody who has come to it, for the stories of one file. */

import { afterAll, beforeAll } from "vitest";

import { RelayProcess } from "../carriers/relay_process.ts";
import { Person } from "./people.ts";

export class Town {
  readonly relay: RelayProcess;
  readonly people: Person[] = [];

  private constructor(words: readonly string[]) {
    this.relay = new RelayProcess("--plain-tcp", "no", ...words);
  }

  /** Open it before the first story of the file, and leave nobody in it at the end. */
  static open(...words: readonly string[]): Town {
    const town = new Town(words);
    beforeAll(() => town.relay.start());
    afterAll(async () => {
      for (const one of town.people) one.kill();
      await town.relay.end();
    });
    return town;
  }

  /** Somebody who makes an account here. */
  async person(name: string): Promise<Person> {
    const one = await Person.begin(name, await this.relay.pass());
    this.people.push(one);
    return one;
  }
}
