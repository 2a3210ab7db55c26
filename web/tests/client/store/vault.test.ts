import { beforeEach, describe, expect, it } from "vitest";

import { StorageError, UsageError } from "../../../src/errors.ts";
import { entropy } from "../../../src/client/store/database.ts";
import { openDisk } from "../../../src/client/store/disk.ts";
import {
  createVault,
  eraseVault,
  openVault,
  unwrap,
  vaultState,
  wrap,
  writeVault,
} from "../../../src/client/store/vault.ts";
import { freshDisks } from "./stores.ts";

beforeEach(freshDisks);

describe("the vault", () => {
  it("opens without a passphrase where none was set", async () => {
    const disk = await openDisk();
    expect(await vaultState(disk)).toBe("missing");
    const key = await createVault(disk, "", entropy);
    expect(await vaultState(disk)).toBe("open");
    expect(await openVault(disk, "")).toEqual(key);
  });

  it("opens with its passphrase only, also after it was changed or taken away", async () => {
    const disk = await openDisk();
    const key = await createVault(disk, "correct horse", entropy);
    expect(await vaultState(disk)).toBe("locked");
    await expect(openVault(disk, "battery staple")).rejects.toThrow(UsageError);
    await expect(openVault(disk, "")).rejects.toThrow(/opened with a passphrase/u);
    expect(await openVault(disk, "correct horse")).toEqual(key);
    await writeVault(disk, key, "another", entropy);
    await expect(openVault(disk, "correct horse")).rejects.toThrow(/is wrong/u);
    expect(await openVault(disk, "another")).toEqual(key);
    await writeVault(disk, key, "", entropy);
    expect(await openVault(disk, "")).toEqual(key);
  });

  it("that was erased opens nothing any more", async () => {
    const disk = await openDisk();
    await createVault(disk, "", entropy);
    await eraseVault(disk);
    expect(await vaultState(disk)).toBe("missing");
    await expect(openVault(disk, "")).rejects.toThrow(/no account/u);
  });

  it("that is damaged is a named error and takes no memory", async () => {
    const wrapped = await wrap(entropy(32), entropy(8), entropy);
    const greedy = { ...wrapped, memoryKib: 2 ** 22 };
    await expect(unwrap(greedy, entropy(8))).rejects.toThrow(StorageError);
    const endless = { ...wrapped, passes: 1_000 };
    await expect(unwrap(endless, entropy(8))).rejects.toThrow(StorageError);
    const cut = { ...wrapped, key: wrapped.key.slice(0, 5) };
    await expect(unwrap(cut, entropy(8))).rejects.toThrow(UsageError);
  });
});
