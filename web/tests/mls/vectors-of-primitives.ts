/** Vectors of the codec, the suites and the key schedule. */
import { concat, utf8, type Bytes } from "../../src/bytes.ts";
import { decode, length, opaque, Reader } from "../../src/mls/codec.ts";
import { AuthenticatedContent } from "../../src/mls/framing.ts";
import { CHACHA20_POLY1305, Hpke } from "../../src/mls/hpke.ts";
import {
  confirmedTranscriptHash,
  deriveEpoch,
  epochSecret,
  GroupContext,
  interimTranscriptHash,
  joinerSecret,
  welcomeSecret,
} from "../../src/mls/key-schedule.ts";
import { ExternalPsk, PskId, pskSecret } from "../../src/mls/psks.ts";
import { Suite } from "../../src/mls/suites.ts";
import { X_WING } from "../../src/mls/xwing.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { holds, same, unhex, type Case } from "./vector-cases.ts";

export function deserialization(test: Case): void {
  const header = unhex(test["vlbytes_header"]);
  const size = test["length"] as number;
  holds(new Reader(header).length() === size, "the length");
  same(length(size), test["vlbytes_header"], "the header");
}

export async function cryptoBasics(test: Case): Promise<void> {
  const suite = Suite.fromId(test["cipher_suite"] as number);
  derivations(suite, test);
  await signature(suite, test["sign_with_label"] as Case);
  await encryption(suite, test["encrypt_with_label"] as Case);
}

function derivations(suite: Suite, test: Case): void {
  const reference = test["ref_hash"] as Case;
  const label = utf8(reference["label"] as string);
  const hashed = concat(opaque(label), opaque(unhex(reference["value"])));
  same(suite.hash(hashed), reference["out"], "ref_hash");
  let step = test["expand_with_label"] as Case;
  let [secret, context] = [unhex(step["secret"]), unhex(step["context"])];
  const name = () => step["label"] as string;
  const size = () => step["length"] as number;
  same(suite.expandWithLabel(secret, name(), context, size()), step["out"], "expand");
  step = test["derive_secret"] as Case;
  secret = unhex(step["secret"]);
  same(suite.deriveSecret(secret, name()), step["out"], "derive_secret");
  step = test["derive_tree_secret"] as Case;
  [secret, context] = [unhex(step["secret"]), new Uint8Array()];
  const generation = step["generation"] as number;
  const derived = suite.deriveTreeSecret(secret, name(), generation, size());
  same(derived, step["out"], "derive_tree_secret");
}

async function signature(suite: Suite, step: Case): Promise<void> {
  const key = await suite.signature.load(unhex(step["priv"]));
  same(key.public, step["pub"], "the signature key");
  const [label, content] = [step["label"] as string, unhex(step["content"])];
  await suite.verify(key.public, label, content, unhex(step["signature"]));
  const ours = await suite.sign(key, label, content);
  await suite.verify(key.public, label, content, ours);
}

async function encryption(suite: Suite, step: Case): Promise<void> {
  const key = suite.privateKey(unhex(step["priv"]));
  const [label, context] = [step["label"] as string, unhex(step["context"])];
  same(await key.public(), step["pub"], "the encryption key");
  const sealed = [unhex(step["kem_output"]), unhex(step["ciphertext"])] as const;
  same(await suite.decrypt(key, label, context, sealed), step["plaintext"], "theirs");
  const plaintext = unhex(step["plaintext"]);
  const ours = await suite.encrypt(await key.public(), label, context, plaintext);
  same(await suite.decrypt(key, label, context, ours), step["plaintext"], "ours");
}

export async function hpkePq(test: Case): Promise<void> {
  const seed = X_WING.derivePrivate(unhex(test["ikmR"]));
  same(seed, test["skRm"], "the private key");
  const key = await X_WING.loadPrivate(seed);
  same(key.public, test["pkRm"], "the public key");
  const shared = await key.decapsulate(unhex(test["enc"]));
  same(shared, test["shared_secret"], "the shared secret");
  const [secret, sent] = await X_WING.loadPublic(key.public).encapsulate();
  same(await key.decapsulate(sent), secret, "a secret of our own");
  if (test["kdf_id"] === 1) await hpkeContext(test, shared);
}

/** Contexts of the KDF we use X-Wing with: HKDF. Elsewhere only the KEM is ours. */
async function hpkeContext(test: Case, shared: Bytes): Promise<void> {
  const hpke = new Hpke(X_WING, sha256, CHACHA20_POLY1305);
  const first = (test["encryptions"] as Case[])[0]!;
  const context = hpke.schedule(shared, unhex(test["info"]));
  const { key, nonce } = context;
  same(key, test["key"], "the key");
  same(nonce, test["base_nonce"], "the nonce");
  const opened = await hpke.aead.open(
    key,
    nonce,
    unhex(first["ct"]),
    unhex(first["aad"]),
  );
  same(opened, first["pt"], "the plaintext");
  for (const step of test["exports"] as Case[]) {
    const label = unhex(step["exporter_context"]);
    const exported = context.export(label, step["L"] as number);
    same(exported, step["exported_value"], "an export");
  }
}

export async function keySchedule(test: Case): Promise<void> {
  const suite = Suite.fromId(test["cipher_suite"] as number);
  let init = unhex(test["initial_init_secret"]);
  for (const [number, step] of (test["epochs"] as Case[]).entries())
    init = await epoch(suite, unhex(test["group_id"]), number, init, step);
}

async function epoch(
  suite: Suite,
  groupId: Bytes,
  number: number,
  init: Bytes,
  step: Case,
): Promise<Bytes> {
  const context = new GroupContext({
    suite,
    groupId,
    epoch: number,
    treeHash: unhex(step["tree_hash"]),
    confirmedTranscriptHash: unhex(step["confirmed_transcript_hash"]),
    extensions: [],
  });
  same(context.encode(), step["group_context"], "the context");
  const joiner = joinerSecret(suite, init, unhex(step["commit_secret"]), context);
  const psk = unhex(step["psk_secret"]);
  same(joiner, step["joiner_secret"], "the joiner secret");
  same(welcomeSecret(suite, joiner, psk), step["welcome_secret"], "the welcome secret");
  const secret = epochSecret(suite, joiner, psk, context);
  const [secrets, encrypting] = deriveEpoch(suite, secret);
  same(encrypting, step["encryption_secret"], "the encryption secret");
  same(secrets.senderData, step["sender_data_secret"], "sender data");
  same(secrets.exporter, step["exporter_secret"], "exporter");
  same(secrets.external, step["external_secret"], "external");
  same(secrets.confirmationKey, step["confirmation_key"], "confirmation key");
  same(secrets.membershipKey, step["membership_key"], "membership key");
  same(secrets.resumptionPsk, step["resumption_psk"], "resumption psk");
  same(secrets.epochAuthenticator, step["epoch_authenticator"], "authenticator");
  const external = await secrets.externalKey(suite).public();
  same(external, step["external_pub"], "external pub");
  const asked = step["exporter"] as Case;
  const [label, size] = [asked["label"] as string, asked["length"] as number];
  const exported = secrets.export(suite, label, unhex(asked["context"]), size);
  same(exported, asked["secret"], "an exported secret");
  same(secrets.init, step["init_secret"], "init");
  return secrets.init;
}

export function pskSecrets(test: Case): void {
  const suite = Suite.fromId(test["cipher_suite"] as number);
  const psks = test["psks"] as Case[];
  const ids = psks.map(
    (psk) => new PskId(new ExternalPsk(unhex(psk["psk_id"])), unhex(psk["psk_nonce"])),
  );
  const keys = psks.map((psk) => unhex(psk["psk"]));
  same(pskSecret(suite, ids, keys), test["psk_secret"], "the secret");
}

export function transcriptHashes(test: Case): void {
  const suite = Suite.fromId(test["cipher_suite"] as number);
  const encoded = unhex(test["authenticated_content"]);
  const content = decode(encoded, AuthenticatedContent.decode);
  same(content.encode(), encoded, "the content");
  const before = unhex(test["interim_transcript_hash_before"]);
  const confirmed = confirmedTranscriptHash(suite, before, content);
  same(confirmed, test["confirmed_transcript_hash_after"], "confirmed");
  const tag = content.authentication.confirmationTag!;
  suite.verifyMac(unhex(test["confirmation_key"]), confirmed, tag);
  const after = interimTranscriptHash(suite, confirmed, tag);
  same(after, test["interim_transcript_hash_after"], "interim");
}
