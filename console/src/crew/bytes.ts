// The bytes of pictures and sounds that wait to be sent, kept on the phone (IndexedDB) apart from
// the queue, each under the account and the key of its press; they are gone once it is answered.

const BASE = "amparo-crew";
const TABLE = "bytes";

function opened(): Promise<IDBDatabase> {
  return new Promise((done, fail) => {
    const open = indexedDB.open(BASE, 1);
    open.onupgradeneeded = () => open.result.createObjectStore(TABLE);
    open.onsuccess = () => done(open.result);
    open.onerror = () => fail(open.error ?? new Error("no storage"));
  });
}

async function ask<T>(
  mode: IDBTransactionMode,
  work: (table: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const base = await opened();
  try {
    return await new Promise<T>((done, fail) => {
      const act = base.transaction(TABLE, mode);
      const asked = work(act.objectStore(TABLE));
      act.oncomplete = () => done(asked.result);
      act.onerror = act.onabort = () => fail(act.error ?? new Error("not stored"));
    });
  } finally {
    base.close();
  }
}

export class Bytes {
  /** Where the browser stores nothing, they last as long as the page. */
  private readonly here = new Map<string, ArrayBuffer>();

  async put(account: string, key: string, bytes: ArrayBuffer): Promise<void> {
    const name = `${account} ${key}`;
    this.here.set(name, bytes);
    await ask("readwrite", (table) => table.put(bytes, name)).catch(() => undefined);
  }

  async get(account: string, key: string): Promise<ArrayBuffer | null> {
    const name = `${account} ${key}`;
    const found = this.here.get(name);
    if (found) return found;
    const stored: unknown = await ask("readonly", (table) => table.get(name)).catch(() => null);
    return stored instanceof ArrayBuffer ? stored : null;
  }

  /** Of this account only these stay. */
  async keepOnly(account: string, keys: readonly string[]): Promise<void> {
    const names = new Set(keys.map((key) => `${account} ${key}`));
    const goes = (name: string): boolean => name.startsWith(`${account} `) && !names.has(name);
    for (const name of [...this.here.keys()].filter(goes)) this.here.delete(name);
    const all = await ask("readonly", (table) => table.getAllKeys()).catch(() => []);
    for (const name of all.map(String).filter(goes)) {
      await ask("readwrite", (table) => table.delete(name)).catch(() => undefined);
    }
  }
}
