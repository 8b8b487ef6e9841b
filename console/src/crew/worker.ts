// Opens the crew page where there is no line: keeps the page and its files, and nothing of the
// interface. The map's files are kept once somebody asked for it. It answers below /crew alone.
declare const SHELL_FILES: readonly string[];
declare const SHELL_VERSION: string;
declare const MAP_FILES: readonly string[];

/** The part of a service worker's world that is used here. */
interface Extendable extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const PREFIX = "amparo-crew-";
const NAME = PREFIX + SHELL_VERSION;
/** Filled by mapview.ts; its files have their hash in their names and outlast a version. */
const MAP = `${PREFIX}map`;
const PAGE = "/crew";
const WAIT_MS = 4000;

async function fill(): Promise<void> {
  const cache = await caches.open(NAME);
  await cache.addAll([PAGE, ...SHELL_FILES]);
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== NAME && name !== MAP) await caches.delete(name);
  }
  if (!(await caches.has(MAP))) return;
  const map = await caches.open(MAP);
  for (const old of await map.keys()) {
    if (!MAP_FILES.includes(new URL(old.url).pathname)) await map.delete(old);
  }
}

async function kept(path: string, name = NAME): Promise<Response> {
  return (await (await caches.open(name)).match(path)) ?? Response.error();
}

/** The newest page if the line is good; else the one that is kept. */
async function page(request: Request): Promise<Response> {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(WAIT_MS) });
    return answer.ok ? answer : await kept(PAGE);
  } catch {
    return kept(PAGE);
  }
}

async function file(request: Request, path: string, name = NAME): Promise<Response> {
  const found = await kept(path, name);
  return found.type === "error" ? fetch(request) : found;
}

addEventListener("install", (event) => (event as Extendable).waitUntil(fill()));
addEventListener("fetch", (event) => {
  const { request, respondWith } = event as Fetching;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && pathname === PAGE) respondWith.call(event, page(request));
  else if (SHELL_FILES.includes(pathname)) respondWith.call(event, file(request, pathname));
  else if (MAP_FILES.includes(pathname)) respondWith.call(event, file(request, pathname, MAP));
});
