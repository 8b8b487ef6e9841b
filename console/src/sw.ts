// The worker that keeps the shell: the page and its files, so that a reload opens without a server.
// It never answers for the interface (/v1): what it would keep could be taken for live. The page
// itself always comes from the server when there is one; files carry the hash of their content.
declare const SHELL_FILES: readonly string[];
declare const SHELL_VERSION: string;

interface Waiting extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface Fetching extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

interface Worker_ {
  readonly location: Location;
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: Waiting) => void): void;
  addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
}

const worker = globalThis as unknown as Worker_;
const SHELF = `shell-${SHELL_VERSION}`;
/** A server that is silent for so long is taken for gone. */
const PAGE_LIMIT_MS = 5000;

/** The page must be the one that these files belong to; otherwise nothing is kept this time. */
async function keepShell(): Promise<void> {
  const page = await fetch("/", { cache: "reload" });
  const text = await page.clone().text();
  const [script] = SHELL_FILES;
  if (!page.ok || !script || !text.includes(script)) throw new Error("another version is there");
  const shelf = await caches.open(SHELF);
  await shelf.put("/", page);
  for (const file of SHELL_FILES) {
    const answer = await fetch(file);
    if (!answer.ok) throw new Error(file);
    await shelf.put(file, answer);
  }
}

async function dropOld(): Promise<void> {
  for (const name of await caches.keys()) if (name !== SHELF) await caches.delete(name);
}

/** From the server; a gateway that says the server is gone counts as none. */
async function page(request: Request): Promise<Response> {
  const kept = (): Promise<Response | undefined> => caches.match("/");
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PAGE_LIMIT_MS) });
    if (answer.status < 500) return answer;
    return (await kept()) ?? answer;
  } catch (error) {
    const shell = await kept();
    if (shell) return shell;
    throw error;
  }
}

async function file(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

worker.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => worker.skipWaiting()));
});
worker.addEventListener("activate", (event) => event.waitUntil(dropOld()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate" && url.pathname === "/") event.respondWith(page(request));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(file(request));
});

export {};
