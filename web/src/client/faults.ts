/** What goes wrong inside, as what a person is told at the door. */

import {
  LinnetError,
  RemoteError,
  StorageError,
  Unreachable,
  UsageError,
} from "../errors.ts";
import { say } from "../sentences/index.ts";
import { DoorError, type Fault } from "./door.ts";

/** Return what a face shows of an error; what is unexpected says nothing of its cause. */
export function faultOf(error: unknown): DoorError {
  if (error instanceof DoorError) return error;
  if (!(error instanceof LinnetError)) return new DoorError("bug", say("bug"));
  if (error.said) return new DoorError(kindOf(error), error.said);
  // What has no sentence was not expected to come this far.
  return error instanceof RemoteError
    ? new DoorError("relay", say("odd"))
    : new DoorError("bug", say("bug"));
}

function kindOf(error: LinnetError): Fault {
  if (error instanceof UsageError) return "usage";
  if (error instanceof StorageError) return "storage";
  if (error instanceof RemoteError || error instanceof Unreachable) return "relay";
  return "bug";
}

/** Do something; what it throws becomes a `DoorError`. */
export async function atDoor<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw faultOf(error);
  }
}
