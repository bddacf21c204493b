// What a browser keeps on its device: the list of copies, its files and its index, read in the page.

import { expect, type Locator, type Page } from "@playwright/test";
import type { Device, Owner, PlannedWindow } from "./owner";
import { menu, open, row } from "./pages";

/** A copy as the index has it. */
export interface Copy {
  download_id: number;
  title: string;
  state: string;
  sha256: string;
  bytes: number | null;
  flushed: number;
  mime_type: string;
  seconds: number;
}

/** A file in the origin private file system, with the hash of its bytes. */
export interface StoredFile {
  path: string;
  bytes: number;
  sha256: string;
}

/** Row of a copy on the page of this device, and without a connection. */
export const copy = (page: Page, title: string): Locator => row(page, "On this device", title);

/** Chooses "Keep on this device" in the library, which is open. */
export async function keep(page: Page, title: string): Promise<void> {
  const actions = await menu(page, title);
  await actions.getByRole("button", { name: `Keep on this device : ${title}` }).click();
  await page.keyboard.press("Escape");
}

/** Keeps downloads and waits until all of them, and the pages for times without a connection, are on the device. */
export async function keepAll(page: Page, ...titles: string[]): Promise<void> {
  await page.goto("/downloads");
  for (const title of titles) await keep(page, title);
  await page.goto("/device");
  for (const title of titles) await expect(copy(page, title)).toContainText("On this device", { timeout: 15_000 });
  await expect(page.getByText("This page opens without a connection.")).toBeVisible({ timeout: 15_000 });
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
}

/** Lets the device worker make contact. */
export const wake = (page: Page): Promise<void> => page.evaluate(() => void window.dispatchEvent(new Event("online")));

/** Has a browser that keeps nothing yet prepare for the commutes of its user, and waits until it is ready for the next. */
export async function prepare(page: Page, owner: Owner): Promise<{ device: Device; plan: PlannedWindow }> {
  await open(page, "/");
  await page.getByRole("button", { name: "Prepare this device for your commutes" }).click();
  await expect.poll(async () => (await owner.devices()).length, { timeout: 15_000 }).toBe(1);
  const [device] = await owner.devices();
  await expect.poll(async () => (await owner.plans(device!.id))[0]?.state, { timeout: 30_000 }).toBe("ready");
  const [plan] = await owner.plans(device!.id);
  return { device: device!, plan: plan! };
}

/** All files on the device, without the one by which a starting worker tries the storage out. Files that are open are
 *  listed, too; those that are renamed or deleted meanwhile are not. */
export const files = (page: Page): Promise<StoredFile[]> =>
  page.evaluate(async () => {
    const found: { path: string; bytes: number; sha256: string }[] = [];
    const walk = async (directory: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const [name, handle] of directory as unknown as AsyncIterable<[string, FileSystemHandle]>) {
        if (handle.kind === "directory") await walk(handle as FileSystemDirectoryHandle, `${path}${name}/`);
        else if (name !== "probe") {
          const reading = (handle as FileSystemFileHandle).getFile().then((file) => file.arrayBuffer());
          const bytes = await reading.catch((error: DOMException) => {
            if (error.name !== "NotFoundError" && error.name !== "NotReadableError") throw error;
          });
          if (!bytes) continue;
          const digest = [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))];
          const sha256 = digest.map((byte) => byte.toString(16).padStart(2, "0")).join("");
          found.push({ path: `${path}${name}`, bytes: bytes.byteLength, sha256 });
        }
      }
    };
    await walk(await navigator.storage.getDirectory(), "");
    return found;
  });

/** Values of a store of the index. */
export const stored = <T>(page: Page, store: "copies" | "outbox" | "texts"): Promise<T[]> =>
  page.evaluate(async (store) => {
    const settled = <R>(request: IDBRequest<R>): Promise<R> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    // Opening it would make an index without stores.
    if (!(await indexedDB.databases()).some(({ name }) => name === "smartcache-device")) return [];
    const database = await settled(indexedDB.open("smartcache-device"));
    const rows = await settled(database.transaction(store).objectStore(store).getAll());
    database.close();
    return rows.map((row) => JSON.parse(row as string));
  }, store) as Promise<T[]>;

/** Asserts that files and index agree, and that every finished file has the bytes that its name says. */
export async function expectSound(page: Page): Promise<void> {
  // Copies may come between the two readings, so they are read again until they agree.
  await expect(async () => {
    const [held, rows] = [await files(page), await stored<Copy>(page, "copies")];
    const media = rows.filter((row) => row.state === "held");
    expect(held.map((file) => file.path.split("/").at(-1)).sort()).toEqual([...new Set(media.map((row) => row.sha256))].sort());
    for (const file of held) expect(file.path.endsWith(file.sha256), file.path).toBe(true);
  }).toPass({ timeout: 20_000 });
}

/** Request headers of ranges, with TAG for the file's own entity tag. */
export const ranges: Record<string, Record<string, string>> = {
  "the whole file": {},
  "from the start": { "range": "bytes=0-9" },
  "to the end": { "range": "bytes=90-" },
  "the last bytes": { "range": "bytes=-5" },
  "more than all of the last bytes": { "range": "bytes=-99999999" },
  "an end beyond every number": { "range": "bytes=90-99999999999999999999999" },
  "beyond the end": { "range": "bytes=99999999-" },
  "no bytes at the end": { "range": "bytes=-0" },
  "both ends beyond the end": { "range": "bytes=99999998-99999999" },
  "two ranges": { "range": "bytes=0-1,3-4" },
  "backwards": { "range": "bytes=9-1" },
  "no number": { "range": "bytes=x-" },
  "neither end": { "range": "bytes=-" },
  "another unit": { "range": "items=0-1" },
  "no equals sign": { "range": "bytes" },
  "a sign": { "range": "bytes=+1-2" },
  "another file": { "range": "bytes=0-1", "if-range": "\"old\"" },
  "the same file": { "range": "bytes=0-1", "if-range": "TAG" },
};
