/** What the application decides: whom to believe, and how much to keep. */
import type { CredentialClaim } from "./credentials.ts";
import { InvalidLeaf } from "./errors.ts";
import { Capabilities } from "./extensions.ts";
import type { LeafNode } from "./leaf-nodes.ts";
import type { RatchetLimits } from "./secret-tree.ts";

/** Returns if the claim is true; throws `CredentialRejected` if it is not. */
export type Authenticate = (claim: CredentialClaim) => void | Promise<void>;

/** What settings are made of; only `authenticate` has no default. */
export interface SettingsFields {
  /**
   * Called for every leaf, on every path by which one can arrive, and for every
   * external sender of a group's extensions (RFC 9420 §5.3.1).
   */
  readonly authenticate: Authenticate;
  /** How many ended epochs can still be read, for late messages; 3. */
  readonly pastEpochs?: number;
  /** How many epochs' resumption keys are kept (§8.6); 16. */
  readonly resumptionEpochs?: number;
  /** How far ahead one message may move a sender's ratchet; 256. */
  readonly skippedGenerations?: number;
  /** How many keys of skipped messages are kept for each ratchet; 1024. */
  readonly keptKeys?: number;
  /** How many proposals of one epoch are kept for a commit; 256. */
  readonly pendingProposals?: number;
  /** Private contents are filled up to a multiple of this; 0: not at all. */
  readonly padding?: number;
  /** Types beyond those of MLS that the application understands. */
  readonly extensionTypes?: readonly number[];
  /** Types beyond those of MLS that the application understands. */
  readonly proposalTypes?: readonly number[];
  /** Whether key packages count only during their lifetime; yes. */
  readonly checkLifetimes?: boolean;
  /** The longest lifetime of a key package that is taken, in seconds (§7.2); any. */
  readonly longestLifetime?: number | undefined;
  /** Whether to send reserved values, to keep others tolerant (§13.5); yes. */
  readonly grease?: boolean;
}

/** Rules of the application for a group. Held by it, and never stored with it. */
export class Settings {
  declare readonly authenticate: Authenticate;
  readonly pastEpochs: number = 3;
  readonly resumptionEpochs: number = 16;
  readonly skippedGenerations: number = 256;
  readonly keptKeys: number = 1024;
  readonly pendingProposals: number = 256;
  readonly padding: number = 0;
  readonly extensionTypes: readonly number[] = [];
  readonly proposalTypes: readonly number[] = [];
  readonly checkLifetimes: boolean = true;
  readonly longestLifetime: number | undefined = undefined;
  readonly grease: boolean = true;

  constructor(fields: SettingsFields) {
    Object.assign(this, fields);
  }

  /** The limits of ratchets. */
  get limits(): RatchetLimits {
    const { skippedGenerations, keptKeys } = this;
    return { skippedGenerations, keptKeys };
  }

  /** What a leaf of ours lists, unless it is told otherwise. */
  get capabilities(): Capabilities {
    const { extensionTypes, proposalTypes } = this;
    return Capabilities.of({ extensions: extensionTypes, proposals: proposalTypes });
  }

  /** The moment lifetimes are checked at; none if they are not. */
  moment(now: number): number | undefined {
    return this.checkLifetimes ? now : undefined;
  }

  /** Make sure that a leaf does not claim to live for longer than is taken (§7.2). */
  checkLength({ lifetime }: LeafNode): void {
    if (this.longestLifetime === undefined || !lifetime) return;
    if (lifetime.notAfter - lifetime.notBefore > this.longestLifetime)
      throw new InvalidLeaf("a leaf has a longer lifetime than settings allow");
  }
}
