/**
 * Every error of Linnet, split by who is at fault: the caller (`LocalError`), the other
 * side (`RemoteError`), the network (`Unreachable`), this machine's disk (`StorageError`),
 * the person (`UsageError`), nobody who should be (`BugError`).
 *
 * Machines throw; the receiving door decides what survives. What a person is to be told has
 * a code, by which the pages word it (`sentences/`); the other texts are for developers. None
 * holds a key, token, address or plaintext.
 */

import { type Code, plain, type Said, say, type Values } from "./sentences/index.ts";

export class LinnetError extends Error {
  override name = "LinnetError";
  /** What a person is told of it; null when it is not for them. */
  readonly said: Said | null;

  constructor(what: string | Said, options?: ErrorOptions) {
    super(typeof what === "string" ? what : plain(what), options);
    this.said = typeof what === "string" ? null : what;
  }
}

/** Our own caller broke a rule of the interface it called. */
export class LocalError extends LinnetError {
  override name = "LocalError";
}

/** The other side broke a rule; nothing it sent with it was believed. */
export class RemoteError extends LinnetError {
  override name = "RemoteError";
}

/** Bytes from outside that are not what they claim to be. */
export class Malformed extends RemoteError {
  override name = "Malformed";
}

/** A signature, tag or proof from outside that does not hold. */
export class Forged extends RemoteError {
  override name = "Forged";
}

/** Something that was seen before was offered again. */
export class Replayed extends RemoteError {
  override name = "Replayed";
}

/** The relay refused: `code` and `detail` are those of spec/wire.md §7. */
export class Refused extends RemoteError {
  override name = "Refused";
  readonly code: number;
  readonly detail: number;

  constructor(code: number, said: Said, detail = 0) {
    super(said);
    this.code = code;
    this.detail = detail;
  }
}

/** No road to the relay works now; what waits to be sent is kept. */
export class Unreachable extends LinnetError {
  override name = "Unreachable";
  override readonly said: Said;

  constructor(said: Said) {
    super(said);
    this.said = said;
  }
}

/** An error that is always for the person. */
class ToldError extends LinnetError {
  override readonly said: Said;

  constructor(code: Code, values: Values = {}) {
    const said = say(code, values);
    super(said);
    this.said = said;
  }
}

/** This machine's disk is full, read-only, corrupt or in use. */
export class StorageError extends ToldError {
  override name = "StorageError";
}

/** This machine's disk has no room; nothing was stored, all else can be read. */
export class DiskFull extends StorageError {
  override name = "DiskFull";
}

/** The person asked for something that cannot be; the text says what to do. */
export class UsageError extends ToldError {
  override name = "UsageError";
}

/** A state that cannot be; please report it. */
export class BugError extends LinnetError {
  override name = "BugError";
}
