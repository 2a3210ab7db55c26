/** What goes wrong inside, as what a person is told at the door. */

import {
  LinnetError,
  LocalError,
  RemoteError,
  StorageError,
  Unreachable,
  UsageError,
} from "../errors.ts";
import { DoorError, type Fault } from "./door.ts";

const UNEXPECTED =
  "Something unexpected happened in Linnet; what is stored is safe. Try again, and " +
  "report it if it happens again.";

/** Return what a face shows of an error; what is unexpected says nothing of its cause. */
export function faultOf(error: unknown): DoorError {
  if (error instanceof DoorError) return error;
  if (!(error instanceof LinnetError)) return new DoorError("bug", UNEXPECTED, "bug");
  return new DoorError(kindOf(error), error.message);
}

function kindOf(error: LinnetError): Fault {
  if (error instanceof UsageError || error instanceof LocalError) return "usage";
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
