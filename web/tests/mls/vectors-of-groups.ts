/** Vectors of welcomes, and of a member that only listens. */
import {
  BasicCredential,
  ExternalPsk,
  Group,
  Identity,
  KeyPackage,
  OwnKeyPackage,
  Settings,
  Suite,
} from "../../src/mls/index.ts";
import { openWelcome } from "../../src/mls/joining.ts";
import { deriveEpoch, epochSecret } from "../../src/mls/key-schedule.ts";
import { same, unhex, type Case } from "./vector-cases.ts";

const NOW = 1_700_000_000;
const settings = new Settings({ authenticate: () => undefined });

export async function welcome(test: Case): Promise<void> {
  const suite = Suite.fromId(test["cipher_suite"] as number);
  const keyPackage = KeyPackage.fromMessage(unhex(test["key_package"]));
  const init = suite.privateKey(unhex(test["init_priv"]));
  const credential = new BasicCredential(new Uint8Array());
  const stranger = await Identity.of(suite, credential, new Uint8Array(32).fill(1));
  const ours = new OwnKeyPackage(keyPackage, stranger, init, init);
  const arrival = await openWelcome(unhex(test["welcome"]), [ours], []);
  const { info, told } = arrival;
  await info.verify(unhex(test["signer_pub"]));
  const { joinerSecret } = told;
  const secret = epochSecret(suite, joinerSecret, arrival.pskSecret, info.context);
  const [secrets] = deriveEpoch(suite, secret);
  const confirmed = info.context.confirmedTranscriptHash;
  suite.verifyMac(secrets.confirmationKey, confirmed, info.confirmationTag);
}

export async function passiveClient(test: Case): Promise<void> {
  const psks = (test["external_psks"] as Case[]).map(
    (psk) => [new ExternalPsk(unhex(psk["psk_id"])), unhex(psk["psk"])] as const,
  );
  const tree = test["ratchet_tree"];
  const ratchetTree = tree ? unhex(tree) : undefined;
  let group = await Group.join(unhex(test["welcome"]), [await own(test)], {
    settings,
    options: { ratchetTree, psks },
  });
  same(group.epochAuthenticator, test["initial_epoch_authenticator"], "the first");
  for (const epoch of test["epochs"] as Case[]) {
    for (const proposal of epoch["proposals"] as string[])
      ({ group } = await group.process(unhex(proposal), { now: NOW }));
    ({ group } = await group.process(unhex(epoch["commit"]), { now: NOW, psks }));
    const parts = [group.epochState(), group.ratchetState()] as const;
    group = await Group.restore(...parts, { settings });
    same(group.epochAuthenticator, epoch["epoch_authenticator"], "an epoch");
  }
}

async function own(test: Case): Promise<OwnKeyPackage> {
  const suite = Suite.fromId(test["cipher_suite"] as number);
  const keyPackage = KeyPackage.fromMessage(unhex(test["key_package"]));
  const { leaf } = keyPackage;
  const signing = unhex(test["signature_priv"]);
  const identity = await Identity.of(suite, leaf.credential, signing);
  same(identity.signatureKey, leaf.signatureKey, "the signature key");
  const init = suite.privateKey(unhex(test["init_priv"]));
  const encryption = suite.privateKey(unhex(test["encryption_priv"]));
  same(await init.public(), keyPackage.initKey, "the init key");
  same(await encryption.public(), leaf.encryptionKey, "the encryption key");
  const stored = new OwnKeyPackage(keyPackage, identity, init, encryption).toBytes();
  return OwnKeyPackage.fromBytes(stored);
}
