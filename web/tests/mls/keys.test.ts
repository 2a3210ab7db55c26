/** Keys that must not be used, and a platform that has no WebCrypto. */
import { afterEach, expect, test, vi } from "vitest";
import { concat, fromHex, utf8, type Bytes } from "../../src/bytes.ts";
import { InvalidKey, InvalidSignature, Suite } from "../../src/mls/index.ts";
import { entropy } from "./vector-cases.ts";

const ORDER = fromHex(
  "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
);
const [X25519, P256, HYBRID] = [1, 2, 0xf04e].map((id) => Suite.fromId(id)) as [
  Suite,
  Suite,
  Suite,
];

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

function changed(bytes: Bytes, at: number, to: number): Bytes {
  return bytes.map((byte, position) => (position === at ? to : byte));
}

test("a point that is not on P-256, or is compressed, is no public key", async () => {
  const point = await P256.generateKey(entropy).public();
  const compressed = concat(Uint8Array.of(2), point.slice(1, 33));
  const wrong = [
    changed(point, 64, (point[64]! + 1) % 256),
    changed(point, 0, 3),
    concat(Uint8Array.of(4), new Uint8Array(64).fill(255)),
    compressed,
    new Uint8Array(65),
    new Uint8Array(),
  ];

  P256.checkPublic(point);
  for (const raw of wrong)
    expect(() => {
      P256.checkPublic(raw);
    }).toThrow(InvalidKey);
});

test.each([new Uint8Array(32), ORDER, new Uint8Array(31).fill(1)])(
  "a number outside the order of P-256 is no private key",
  async (raw) => {
    await expect(P256.signature.load(raw)).rejects.toThrow(InvalidKey);
    await expect(P256.privateKey(raw).public()).rejects.toThrow(InvalidKey);
  },
);

test("a point of low order gives no secret", async () => {
  const low = [new Uint8Array(32), changed(new Uint8Array(32), 0, 1)];
  const lattice = (await HYBRID.generateKey(entropy).public()).slice(0, 1184);
  const key = await X25519.generateKey(entropy).loaded();

  for (const point of low) {
    const sealing = X25519.encrypt(point, "label", utf8(""), utf8("text"));
    await expect(sealing).rejects.toThrow(InvalidKey);
    await expect(key.decapsulate(point)).rejects.toThrow(InvalidKey);
    const both = concat(lattice, point);
    const hybrid = HYBRID.encrypt(both, "label", utf8(""), utf8("text"));
    await expect(hybrid).rejects.toThrow(InvalidKey);
  }
});

test("a lattice key with a coefficient too large is no public key", async () => {
  const key = await HYBRID.generateKey(entropy).public();
  const large = changed(changed(key, 0, 0x01), 1, (key[1]! & 0xf0) | 0x0d);
  const largeHigh = changed(changed(key, 1, (key[1]! & 0x0f) | 0x10), 2, 0xd0);

  HYBRID.checkPublic(key);
  for (const raw of [large, largeHigh, key.slice(1)])
    expect(() => {
      HYBRID.checkPublic(raw);
    }).toThrow(InvalidKey);
});

test("a signature by something that is no key does not verify", async () => {
  for (const suite of [X25519, P256])
    for (const key of [new Uint8Array(), new Uint8Array(33), new Uint8Array(65)]) {
      const verifying = suite.verify(key, "label", utf8("text"), new Uint8Array(64));
      await expect(verifying).rejects.toThrow(InvalidSignature);
    }
});

test.each([1, 3, 0xf04e])(
  "without WebCrypto the same keys do the same, in suite %i",
  async (id) => {
    const native = Suite.fromId(id);
    const platform = crypto;
    const getRandomValues = (into: Uint8Array<ArrayBuffer>) =>
      platform.getRandomValues(into);
    vi.stubGlobal("crypto", { getRandomValues });
    vi.resetModules();
    const { Suite: Without } = await import("../../src/mls/suites.ts");
    const bare = Without.fromId(id);
    const raw = native.generateKey(entropy).raw;
    const seed = native.signature.generate(entropy);
    const [ours, theirs] = [native.privateKey(raw), bare.privateKey(raw)];
    const text = utf8("text");

    const sealed = await bare.encrypt(await theirs.public(), "label", text, text);
    const signing = await bare.signature.load(seed);
    const signature = await bare.sign(signing, "label", text);

    expect(await ours.public()).toEqual(await theirs.public());
    expect(await native.decrypt(ours, "label", text, sealed)).toEqual(text);
    expect(signing.public).toEqual((await native.signature.load(seed)).public);
    await native.verify(signing.public, "label", text, signature);
    await bare.verify(signing.public, "label", text, signature);
    const forged = bare.verify(signing.public, "label", utf8("other"), signature);
    await expect(forged).rejects.toThrow("does not verify");
  },
);

test("without WebCrypto a signature by a key of low order does not verify either", async () => {
  // Key and nonce are the neutral point and the scalar is zero: lax verifiers take it.
  const neutral = changed(new Uint8Array(32), 0, 1);
  const signature = concat(neutral, new Uint8Array(32));
  const platform = crypto;
  const getRandomValues = (into: Uint8Array<ArrayBuffer>) =>
    platform.getRandomValues(into);
  vi.stubGlobal("crypto", { getRandomValues });
  vi.resetModules();
  const { ED25519 } = await import("../../src/mls/signatures.ts");

  const verifying = ED25519.verify(neutral, utf8("text"), signature);

  await expect(verifying).rejects.toThrow("does not verify");
});
