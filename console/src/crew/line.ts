// The line of the crew page to the server: who we are, what is ours, and what was pressed.
import type { Identity } from "../accounttypes";
import { Problem, get, writeOnce } from "../api";
import type { Incident, Plan, Unit } from "../types";
import type { Medium, Outcome, Press } from "./queue";
import type { Fix } from "./sharing";

const SEND_LIMIT_MS = 15_000;
const id = encodeURIComponent;

export interface Turn {
  kind: string;
  street?: string | null;
  distance_m: number;
  exit?: number;
}

export interface Way {
  time_s: number;
  distance_m: number;
  /** [longitude, latitude] */
  line: [number, number][];
  turns: Turn[];
}

export interface Mine {
  seq: number;
  unit: Unit;
  incident: Incident | null;
}

const isAway = (error: unknown): boolean =>
  error instanceof Problem && (error.status === 0 || error.status === 429 || error.status >= 500);

/** Nobody is logged in, or somebody else is. */
export class Stranger extends Error {}

/** The session that the browser would send now must be that of this page. */
async function check(account: string): Promise<void> {
  const identity = await get<Identity>("/session");
  if (identity.account !== account) throw new Stranger();
}

/** One try. First it is asked whose session the browser holds: no press goes out as another's. */
export async function sendPress(account: string, press: Press): Promise<Outcome> {
  try {
    await check(account);
    const answer = await fetch(`/v1${press.path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": press.key },
      body: JSON.stringify(press.body),
      signal: AbortSignal.timeout(SEND_LIMIT_MS),
    });
    const body = await bodyOf(answer);
    if (answer.ok) return body ? { kind: "done", answer: body } : { kind: "later" };
    return outcomeOf(answer.status, body ?? {});
  } catch {
    return { kind: "later" };
  }
}

/** Null for what was cut off, or is another's page in between: it says nothing. */
async function bodyOf(answer: Response): Promise<Record<string, unknown> | null> {
  return (await answer.json().catch(() => null)) as Record<string, unknown> | null;
}

function outcomeOf(status: number, body: Record<string, unknown>): Outcome {
  if (status === 401 || status === 429 || status >= 500) return { kind: "later" };
  return { kind: "refused", detail: String(body["detail"] ?? body["title"] ?? status) };
}

/* Short pieces on a slow line, so that little is lost when it breaks; longer on a quick one. */
const PIECE_LEAST = 8 << 10;
const PIECE_MOST = 128 << 10;
const PIECE_LIMIT_MS = 60_000;
const PIECE_QUICK_MS = 1500;
const PIECE_SLOW_MS = 8000;
let piece = 16 << 10;

function pieceFits(took_ms: number): void {
  if (took_ms < PIECE_QUICK_MS) piece = Math.min(PIECE_MOST, piece * 2);
  else if (took_ms > PIECE_SLOW_MS) piece = Math.max(PIECE_LEAST, piece / 2);
}

/** One piece of a picture or sound, from where the server has it; the same is asked first. */
export async function sendPiece(
  account: string,
  press: Press,
  medium: Medium,
  bytes: ArrayBuffer,
): Promise<Outcome> {
  const from = Math.min(medium.sent, bytes.byteLength - 1);
  const query = new URLSearchParams({
    incident: medium.incident,
    taken: new Date(press.at).toISOString(),
    offset: String(from),
    total: String(bytes.byteLength),
  });
  const began = Date.now();
  try {
    await check(account);
    const answer = await fetch(`/v1${press.path}?${query}`, {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
      body: bytes.slice(from, from + piece),
      signal: AbortSignal.timeout(PIECE_LIMIT_MS),
    });
    const body = (await bodyOf(answer)) ?? {};
    pieceFits(Date.now() - began);
    if (answer.ok && body["done"] === true) return { kind: "done", answer: body };
    // 409 with an offset: the server has less than we thought
    if (typeof body["offset"] === "number") return { kind: "part", sent: body["offset"] };
    return answer.ok ? { kind: "later" } : outcomeOf(answer.status, body);
  } catch {
    pieceFits(Infinity);
    return { kind: "later" };
  }
}

export async function sendFix(account: string, unit: string, fix: Fix): Promise<boolean> {
  await check(account);
  const answer = await writeOnce<{ refused: unknown[] }>("POST", "/positions", {
    positions: [{ unit, ...fix }],
  });
  return answer.refused.length === 0;
}

/** A call for help of the crew itself: the incidents that the centre has of it. */
export async function sendHelp(
  account: string,
  unit: string,
  place: Fix | null,
): Promise<readonly string[]> {
  await check(account);
  const positions = [{ unit, alarm: "sos", ...place }];
  const answer = await writeOnce<{ called?: string[] }>("POST", "/positions", { positions });
  return answer.called ?? [];
}

export const session = (): Promise<Identity> => get("/session");

/** Everything that is this crew's; its incident may be gone between two answers. */
export async function fetchMine(unit: string): Promise<Mine> {
  const mine = await get<{ seq: number; unit: Unit }>(`/units/${id(unit)}`);
  const at = mine.unit.incident;
  if (!at) return { ...mine, incident: null };
  try {
    const { incident } = await get<{ incident: Incident }>(`/incidents/${id(at)}`);
    return { ...mine, incident };
  } catch (error) {
    if (isAway(error)) throw error;
    return { ...mine, incident: null };
  }
}

export async function fetchPlans(): Promise<Plan[]> {
  return (await get<{ types: Plan[] }>("/plans")).types;
}

/** How far the server's clock is before this phone's, in ms. */
export async function fetchOffset(): Promise<number> {
  const asked = Date.now();
  const { now } = await get<{ now: string }>("/config");
  return Date.parse(now) - (asked + Date.now()) / 2;
}

type LatLon = Pick<Fix, "lat" | "lon">;

export function fetchWay(from: LatLon, to: LatLon): Promise<Way> {
  const at = (p: LatLon): string => `${p.lat.toFixed(6)},${p.lon.toFixed(6)}`;
  return get(`/route?from=${at(from)}&to=${at(to)}`);
}
