// What the desk asks first, asked while its program is still on the way: who works here and, where
// that one may read, the whole board. Each answer is taken once, by the request that would have
// asked for it.

const SESSION = "/v1/session";
const CONFIG = "/v1/config";
const boardPaths = [
  CONFIG,
  "/v1/plans",
  "/v1/stations",
  "/v1/hospitals?",
  "/v1/agencies",
  "/v1/partners",
  "/v1/incidents?state=open",
  "/v1/units",
  "/v1/closures",
] as const;

const kept = new Map<string, Promise<Response>>();
let configCame = 0;
let configTaken = false;
/** The desk has asked for itself. */
let isOver = false;

function ask(path: string): Promise<Response> {
  const answer = fetch(path);
  answer.catch(() => undefined); // who takes it sees it
  kept.set(path, answer);
  return answer;
}

export async function askAhead(): Promise<void> {
  const answer = await ask(SESSION);
  if (!answer.ok) return;
  const { may } = (await answer.clone().json()) as { may: string[] };
  if (!may.includes("read") || isOver) return;
  for (const path of boardPaths) {
    const asked = ask(path);
    if (path === CONFIG) void asked.then(() => (configCame = performance.now()), () => undefined);
  }
}

/** The answer that was asked for ahead, if there is one. */
export function takeAhead(path: string): Promise<Response> | null {
  const answer = kept.get(path) ?? null;
  kept.delete(path);
  if (path === CONFIG) configTaken = answer !== null;
  return answer;
}

/** Milliseconds that the configuration last taken, with the server's time in it, lay here. */
export function configAge(): number {
  return configTaken ? performance.now() - configCame : 0;
}

/** From here on everybody asks for themselves: what nobody took is old. */
export function forgetAhead(): void {
  isOver = true;
  kept.clear();
}
