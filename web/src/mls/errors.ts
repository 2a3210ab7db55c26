/**
 * The whole error tree, split by who is at fault; the mirror of `mls/errors.py`.
 * Bytes from outside never throw anything else. No message of an error contains a secret.
 */

/** Anything this package throws on purpose. */
export class MLSError extends Error {}

/** Bytes that do not parse (RFC 9420 §2.1). */
export class MalformedMessage extends MLSError {}

/** A peer broke a rule of RFC 9420; it may be an attack. */
export class InvalidMessage extends MLSError {}
/** A signature does not verify (§5.1.2). */
export class InvalidSignature extends InvalidMessage {}
/** A membership tag or confirmation tag is wrong (§6.1, §6.2). */
export class InvalidTag extends InvalidMessage {}
/** A ciphertext does not open under the key it should (§5.1.3, §6.3). */
export class UndecryptableMessage extends InvalidMessage {}
/** A public key or key encapsulation that must not be used (§7.1, RFC 9180). */
export class InvalidKey extends InvalidMessage {}
/** A leaf node breaks a rule of §7.3. */
export class InvalidLeaf extends InvalidMessage {}
/** A key package breaks a rule of §10.1. */
export class InvalidKeyPackage extends InvalidMessage {}
/** A ratchet tree breaks a rule of §7.9 or §12.4.3.1. */
export class InvalidTree extends InvalidMessage {}
/** A proposal, or a list of them, breaks a rule of §12.1 or §12.2. */
export class InvalidProposal extends InvalidMessage {}
/** A commit breaks a rule of §12.4. */
export class InvalidCommit extends InvalidMessage {}
/** A welcome breaks a rule of §12.4.3.1. */
export class InvalidWelcome extends InvalidMessage {}
/** A group info breaks a rule of §12.4.3. */
export class InvalidGroupInfo extends InvalidMessage {}
/** The application does not accept this credential for this key (§5.3.1). */
export class CredentialRejected extends InvalidMessage {}
/** A cipher suite that this package does not implement. */
export class UnknownSuite extends InvalidMessage {}
/** A protocol version other than mls10. */
export class UnsupportedVersion extends InvalidMessage {}

/** Nobody broke a rule, but this group value cannot take the message. */
export class CannotProcess extends MLSError {}
/** The message belongs to another group. */
export class WrongGroup extends CannotProcess {}
/** The message belongs to an epoch that we have not reached or no longer keep. */
export class WrongEpoch extends CannotProcess {
  /** The epoch of the message. */
  readonly epoch: number;
  /** The epoch of the group. */
  readonly current: number;

  constructor(epoch: number, current: number) {
    super(`message of epoch ${epoch}, group is at ${current}`);
    this.epoch = epoch;
    this.current = current;
  }
}
/** We sent this message ourselves; its sender has nothing to learn from it. */
export class OwnMessage extends CannotProcess {}
/** The key of this message was used already, or is too old to be kept (§9.2). */
export class Replayed extends CannotProcess {}
/** The generation of this message is further ahead than settings allow (§9.2). */
export class TooFarAhead extends CannotProcess {}
/** More proposals of this epoch are pending than settings allow. */
export class TooManyProposals extends CannotProcess {}
/** A commit names a proposal that we have not seen (§12.4). */
export class UnknownProposal extends CannotProcess {}
/** A welcome that is for none of the key packages given (§12.4.3.1). */
export class UnknownKeyPackage extends CannotProcess {}
/** A pre-shared key that was not given (§8.4). */
export class UnknownPsk extends CannotProcess {}
/** An epoch part and a ratchet part that do not belong together. */
export class StateMismatch extends CannotProcess {}

/** Our own caller broke a rule; the message says which. */
export class UsageError extends MLSError {}
