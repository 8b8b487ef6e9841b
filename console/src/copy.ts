// The last known board in this browser, for the time when the server is gone: what this desk
// showed, sealed with a key, one copy an account, thrown away at log out or when it is old.
// Where a browser offers no sealing (a page without TLS), nothing is kept.
import type { Agency, Identity } from "./accounttypes";
import type { Closure, Hospital, Incident, Plan, Station, Unit } from "./types";

/** A shift: an older copy is not opened any more. */
export const COPY_KEEP_MS = 12 * 3600 * 1000;
const DATABASE = "amparo";
const SHELF = "copy";

export interface BoardCopy {
  /** The server's time when it was taken. */
  at: number;
  identity: Identity;
  positionLimit_s: number;
  incidents: Incident[];
  units: Unit[];
  closures: Closure[];
  stations: Station[];
  hospitals: Hospital[];
  plans: Plan[];
  agencies: Agency[];
}

interface Sealed {
  /** This browser's clock when the copy was taken: what its age is judged by. */
  kept: number;
  key: CryptoKey;
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}

const canSeal = (): boolean => "indexedDB" in globalThis && Boolean(globalThis.crypto?.subtle);

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error ?? new Error("storage"));
  });
}

async function withShelf<T>(
  mode: IDBTransactionMode,
  run: (shelf: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(SHELF);
  const database = await asked(opening);
  try {
    return await asked(run(database.transaction(SHELF, mode).objectStore(SHELF)));
  } finally {
    database.close();
  }
}

/** Each copy has a key of its own, that no script can read out; it goes with the copy. */
export async function keepCopy(copy: BoardCopy): Promise<void> {
  if (!canSeal()) return;
  const kept = Date.now();
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const text = new TextEncoder().encode(JSON.stringify(copy));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, text);
  const sealed: Sealed = { kept, key, iv, data };
  await withShelf("readwrite", (shelf) => shelf.put(sealed, copy.identity.account));
}

/** The newest copy that is not too old; too old ones go. */
export async function lastCopy(): Promise<BoardCopy | null> {
  if (!canSeal()) return null;
  const accounts = await withShelf("readonly", (shelf) => shelf.getAllKeys());
  let best: Sealed | null = null;
  for (const account of accounts) {
    const sealed = await withShelf<Sealed>("readonly", (shelf) => shelf.get(account));
    if (Date.now() - sealed.kept > COPY_KEEP_MS) {
      await withShelf("readwrite", (shelf) => shelf.delete(account));
    } else if (!best || sealed.kept > best.kept) best = sealed;
  }
  if (!best) return null;
  const { iv, key, data } = best;
  const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, data);
  return JSON.parse(new TextDecoder().decode(text)) as BoardCopy;
}

export async function dropCopy(account: string): Promise<void> {
  if (canSeal()) await withShelf("readwrite", (shelf) => shelf.delete(account));
}

/** Only one account works in a browser at a time: what others left behind goes. */
export async function dropOthers(account: string): Promise<void> {
  if (!canSeal()) return;
  const accounts = await withShelf("readonly", (shelf) => shelf.getAllKeys());
  for (const other of accounts) if (other !== account) await dropCopy(String(other));
}
