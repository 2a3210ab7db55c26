/**
 * The Messaging Layer Security protocol, RFC 9420: groups as values.
 *
 * The mirror of the Python package `mls`, whose README tells the rest: the same names in
 * camelCase, arguments by keyword in a last object, and promises where a key is used.
 * Whatever is exported here is public, and nothing else.
 */
export type { CommitOptions } from "./committing.ts";
export {
  BasicCredential,
  OpaqueCredential,
  Purpose,
  X509Credential,
  type Credential,
  type CredentialClaim,
} from "./credentials.ts";
export * from "./errors.ts";
export {
  APPLICATION_ID,
  Capabilities,
  Extension,
  ExternalSender,
  externalSenders,
  findExtension,
  isGrease,
  RequiredCapabilities,
  type Extensions,
} from "./extensions.ts";
export type { ExternalCommitOptions } from "./external-commits.ts";
export { proposeFromOutside, proposeOwnAddition } from "./external-proposals.ts";
export { ContentType, peek, Sender, SenderType, type Envelope } from "./framing.ts";
export {
  Group,
  StagedCommit,
  type ApplicationReceived,
  type Circumstances,
  type CommitReceived,
  type ExternalJoin,
  type JoinOptions,
  type ProposalReceived,
  type Received,
} from "./group.ts";
export { Identity } from "./identities.ts";
export type { GroupOptions } from "./joining.ts";
export {
  KeyPackage,
  OwnKeyPackage,
  type KeyPackageOptions,
  type VerifiedKeyPackage,
} from "./key-packages.ts";
export { LeafNode, LeafSource, Lifetime } from "./leaf-nodes.ts";
export type { AppliedProposal } from "./proposal-lists.ts";
export {
  Add,
  CustomProposal,
  ExternalInit,
  GroupContextExtensions,
  PreSharedKey,
  ReInit,
  Remove,
  Update,
  type Proposal,
} from "./proposals.ts";
export {
  ExternalPsk,
  ResumptionPsk,
  ResumptionUsage,
  type PskName,
  type Psks,
} from "./psks.ts";
export type { CommitReport, MemberChange } from "./reports.ts";
export type { Framing, UpdateOptions } from "./sending.ts";
export { Settings, type Authenticate, type SettingsFields } from "./settings.ts";
export { Member, Status, type PendingProposal } from "./state.ts";
export { HYBRID, Suite, type Entropy } from "./suites.ts";
export type { LeafIndex } from "./tree-math.ts";
export { GroupInfo } from "./welcomes.ts";
export { WireFormat } from "./wire-formats.ts";
