/**
 * How a conversation begins: made by one, joined by the others (spec/conversations.md
 * §6.1). Pure: returns machines; what to store and send is the driver's.
 */

import type { Bytes } from "../../bytes.ts";
import { Malformed, RemoteError } from "../../errors.ts";
import {
  Extension,
  Group,
  type Identity,
  MLSError,
  type OwnKeyPackage,
  RequiredCapabilities,
} from "../../mls/index.ts";
import { Conversation } from "./conversation.ts";
import type { Entropy } from "./identity.ts";
import {
  type ConversationInfo,
  encodeInfo,
  INFO_EXTENSION,
  NAME_EXTENSION,
} from "./info.ts";
import { capabilities, groupSettings, nameExtension, seconds } from "./people.ts";

/** Make a conversation in which nobody is but its maker; `now` in milliseconds. */
export async function found(
  me: Bytes,
  identity: Identity,
  name: string,
  how: { info: ConversationInfo; now: number; entropy: Entropy },
): Promise<Conversation> {
  const required = new RequiredCapabilities({
    extensions: [NAME_EXTENSION, INFO_EXTENSION],
  });
  const group = await Group.create(how.entropy(16), identity, {
    settings: groupSettings(),
    now: seconds(how.now),
    entropy: how.entropy,
    options: {
      extensions: [
        required.toExtension(),
        new Extension(INFO_EXTENSION, encodeInfo(how.info)),
      ],
      leafExtensions: [nameExtension(name)],
      capabilities: capabilities(),
    },
  });
  return Conversation.of(me, group);
}

/**
 * Enter a conversation by a Welcome; throws `Malformed` if it is none, or of a
 * conversation that is not as it must be.
 */
export async function join(
  me: Bytes,
  welcome: Bytes,
  tree: Bytes,
  packages: readonly OwnKeyPackage[],
): Promise<Conversation> {
  const group = await opened(welcome, tree, packages);
  if (group.groupId.length !== 16)
    throw new Malformed("An invitation leads to no conversation of Linnet.");
  return Conversation.of(me, group);
}

async function opened(
  welcome: Bytes,
  tree: Bytes,
  packages: readonly OwnKeyPackage[],
): Promise<Group> {
  const options = { ratchetTree: tree };
  try {
    return await Group.join(welcome, packages, { settings: groupSettings(), options });
  } catch (error) {
    if (!(error instanceof MLSError)) throw error;
    throw new Malformed("An invitation cannot be opened.");
  }
}

/** For which key packages a Welcome is; throws `Malformed` if it is none. */
export function welcomeReferences(welcome: Bytes): readonly Bytes[] {
  try {
    return Group.welcomeReferences(welcome);
  } catch (error) {
    if (!(error instanceof MLSError || error instanceof RemoteError)) throw error;
    throw new Malformed("Something in the inbox is no Welcome.");
  }
}
