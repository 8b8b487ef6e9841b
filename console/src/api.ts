// The HTTP interface as functions: one place for headers, time limits, idempotency and errors.
import type { FeatureCollection } from "geojson";
import { takeAhead } from "./ahead";
import type { Card } from "./cards";
import type { Act } from "./outbox";
import { Problem } from "./problem";
import type { ClosureDraft, ShapeBody } from "./sketch";
import type {
  Advice,
  AidList,
  Call,
  ClosedRoads,
  Closure,
  ClosureAnswer,
  Config,
  Coverage,
  Demo,
  Duplicate,
  Found,
  Hospital,
  Incident,
  LatLon,
  Alert,
  Partner,
  LocationReport,
  MapInfo,
  Plan,
  Station,
  Suggested,
  Unit,
  UnitStatus,
} from "./types";
import type { Circle } from "./whereis";

export { Problem };

const READ_LIMIT_MS = 15000;
/** Of one try of an act that is kept until it is answered: it loses nothing by giving up early. */
const ACT_LIMIT_MS = 6000;
const WRITE_TRIES = 3;
const RETRY_WAIT_MS = 400;

/** Tells apart the writes of this page load, so that a repeated request is recorded once. */
let writes = 0;
let session = "";

export function nextKey(): string {
  if (session === "") {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    session = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  }
  return `${session}-${++writes}`;
}

/** What was cut off, or is another's page in between, is no answer, whatever its status. */
async function readBody(answer: Response, signal?: AbortSignal | null): Promise<unknown> {
  try {
    const text = await answer.text();
    return text === "" ? {} : JSON.parse(text);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, "unreachable", String(error));
  }
}

function problemOf(answer: Response, body: unknown): Problem {
  const fields = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const detail = fields["detail"] ?? fields["title"] ?? answer.statusText;
  const wait_s = Number(answer.headers.get("Retry-After")) || 0;
  return new Problem(answer.status, String(fields["code"] ?? ""), String(detail), wait_s);
}

let lost: () => void = () => undefined;

/** Runs when an answer says that the session is not, or no longer, known. */
export function onLost(listener: () => void): void {
  lost = listener;
}

/** The answer to a request, whatever it carries; throws a Problem unless it is a yes. */
async function reach(
  method: string,
  url: string,
  options: RequestInit,
  limit_ms = READ_LIMIT_MS,
): Promise<Response> {
  const limit = AbortSignal.timeout(limit_ms);
  const signal = options.signal ? anyOf([options.signal, limit]) : limit;
  let answer: Response;
  try {
    const ahead = method === "GET" ? takeAhead(url) : null;
    answer = await (ahead ?? fetch(url, { ...options, method, signal }));
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(0, "unreachable", String(error));
  }
  if (answer.ok) return answer;
  const problem = problemOf(answer, await readBody(answer).catch(() => null));
  if (problem.status === 401 && problem.code !== "second-factor") lost();
  throw problem;
}

async function send(method: string, url: string, options: RequestInit): Promise<unknown> {
  return readBody(await reach(method, url, options), options.signal);
}

/** AbortSignal.any for browsers that lack it. */
function anyOf(signals: AbortSignal[]): AbortSignal {
  const both = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) both.abort(signal.reason);
    signal.addEventListener("abort", () => both.abort(signal.reason), { once: true });
  }
  return both.signal;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await send("GET", `/v1${path}`, signal ? { signal } : {})) as T;
}

export async function getText(path: string): Promise<string> {
  return (await reach("GET", `/v1${path}`, {})).text();
}

/** A file with the name the server gives it, or the one given here. */
export async function getFile(path: string, name: string): Promise<{ blob: Blob; name: string }> {
  const answer = await reach("GET", `/v1${path}`, {});
  const told = /filename="?([\w.-]+)"?/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1];
  return { blob: await answer.blob(), name: told ?? name };
}

function jsonBody(body: unknown): RequestInit {
  if (body === undefined) return {};
  return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** A write that carries or brings secrets: sent once; no key makes the server keep its answer. */
export async function writeOnce<T>(method: string, path: string, body?: unknown): Promise<T> {
  return (await send(method, `/v1${path}`, jsonBody(body))) as T;
}

/** A write is tried again with the same key when the line breaks: the server records it once. */
export async function write<T>(
  method: string,
  path: string,
  body?: unknown,
  key = nextKey(),
): Promise<T> {
  const options = jsonBody(body);
  options.headers = { ...options.headers, "Idempotency-Key": key };
  for (let attempt = 1; ; attempt++) {
    try {
      return (await send(method, `/v1${path}`, options)) as T;
    } catch (error) {
      const again = error instanceof Problem && error.status === 0 && attempt < WRITE_TRIES;
      if (!again) throw error;
      await new Promise((done) => setTimeout(done, RETRY_WAIT_MS * attempt));
    }
  }
}

/** One try of an act with the key it keeps. */
export async function post(act: Act & { key: string }): Promise<unknown> {
  const options = jsonBody(act.body);
  options.headers = { ...options.headers, "Idempotency-Key": act.key };
  return readBody(await reach(act.method, `/v1${act.path}`, options, ACT_LIMIT_MS));
}

let through = (act: Act): Promise<unknown> => write(act.method, act.path, act.body);

/** How the acts of a shift reach the server: those that may wait for it. */
export function actThrough(run: (act: Act) => Promise<unknown>): void {
  through = run;
}

async function act<T>(method: string, path: string, body?: unknown, key?: string): Promise<T> {
  return (await through({ method, path, body, ...(key ? { key } : {}) })) as T;
}

const id = encodeURIComponent;
const at = (pos: LatLon): string => `${pos.lat.toFixed(7)},${pos.lon.toFixed(7)}`;

export interface CallDraft {
  number?: string;
  name?: string;
  words?: string;
  pos?: LatLon;
  place?: string;
  type?: string;
  priority?: number;
  source?: string;
  incident?: string;
  /** A note recorded with it. */
  text?: string;
}

export interface IncidentEdit {
  type?: string;
  priority?: number;
  pos?: LatLon;
  place?: string;
  source?: string;
  /** A note recorded with it. */
  text?: string;
}

export interface CallTaken {
  seq: number;
  call: Call;
  incident: Incident;
  duplicates?: Duplicate[];
}

export interface IncidentAnswer {
  seq: number;
  incident: Incident;
}

export interface Line {
  line?: [number, number][];
  time_s: number;
  distance_m: number;
}

const incidentWrite = (
  incident: string,
  act: string,
  body: object,
  key?: string,
): Promise<IncidentAnswer> => write("POST", `/incidents/${id(incident)}/${act}`, body, key);

const incidentAct = (
  incident: string,
  what: string,
  body: object,
  key?: string,
): Promise<IncidentAnswer> => act("POST", `/incidents/${id(incident)}/${what}`, body, key);

export const api = {
  config: (): Promise<Config> => get("/config"),
  plans: (): Promise<{ types: Plan[] }> => get("/plans"),
  cards: (): Promise<{ cards: Card[] }> => get("/cards"),
  map: (): Promise<MapInfo> => get("/map"),
  incidents: (state: "open" | "closed" | "all"): Promise<{ seq: number; incidents: Incident[] }> =>
    get(`/incidents?state=${state}`),
  incident: (incident: string): Promise<IncidentAnswer> => get(`/incidents/${id(incident)}`),
  units: (): Promise<{ seq: number; units: Unit[] }> => get("/units"),
  stations: (): Promise<{ stations: Station[] }> => get("/stations"),
  closures: (all = false): Promise<{ closures: Closure[] }> =>
    get(all ? "/closures?all=1" : "/closures"),
  hospitals: ({ from, suggestions }: { from?: LatLon; suggestions?: boolean } = {}): Promise<{
    hospitals: Hospital[];
    suggestions?: Suggested[];
  }> => {
    const near = from ? `from=${at(from)}` : "";
    return get(`/hospitals?${suggestions ? "suggestions=1" : near}`);
  },
  addHospital: (body: { facility: string; label: string; site: LatLon }) =>
    write<{ hospital: Hospital }>("POST", "/hospitals", body),
  changeHospital: (hospital: string, body: { disabled: boolean }) =>
    write<{ hospital: Hospital }>("PATCH", `/hospitals/${id(hospital)}`, body),
  setHospital: (hospital: string, body: { traffic: string; reason?: string }) =>
    write<{ hospital: Hospital }>("POST", `/hospitals/${id(hospital)}/status`, body),
  /** With its cells, and with what is left if `unit` goes. */
  coverage: (unit: string | null, signal: AbortSignal): Promise<Coverage> =>
    get(`/coverage?cells=1${unit ? `&if=${id(unit)}` : ""}`, signal),
  recommendation: (incident: string): Promise<Advice> =>
    get(`/incidents/${id(incident)}/recommendation`),
  geocode: (
    query: string,
    near: LatLon | null,
    signal: AbortSignal,
  ): Promise<Found> => {
    const bias = near ? `&near=${at(near)}` : "";
    return get(`/geocode?q=${id(query)}${bias}&limit=8`, signal);
  },
  reverse: (pos: LatLon): Promise<Record<string, unknown>> => get(`/reverse?at=${at(pos)}`),
  /** From a point, or from all free crews. */
  isochrone: (
    from: LatLon | null,
    minutes: readonly number[],
    signal: AbortSignal,
  ): Promise<FeatureCollection> => {
    const start = from ? `from=${at(from)}` : "units=available";
    return get(`/isochrone?${start}&minutes=${minutes.join(",")}`, signal);
  },
  /** What the circle of an incident's callers, or a circle alone, can mean. */
  location: ({ incident, pos, radius_m, confidence_pct }: Circle): Promise<LocationReport> => {
    if (incident) return get(`/incidents/${id(incident)}/location`);
    const sure = confidence_pct ? `@${confidence_pct}` : "";
    return get(`/location?region=${id(`circle:${at(pos)},${radius_m}${sure}`)}`);
  },
  route: (from: LatLon, to: LatLon): Promise<Line> => get(`/route?from=${at(from)}&to=${at(to)}`),

  takeCall: (draft: CallDraft, key: string): Promise<CallTaken> =>
    write("POST", "/calls", draft, key),
  editIncident: (incident: string, edit: IncidentEdit): Promise<IncidentAnswer> =>
    act("PATCH", `/incidents/${id(incident)}`, edit),
  addNote: (incident: string, text: string, key?: string) =>
    incidentAct(incident, "notes", { text }, key),
  writeText: (incident: string, text: string, call: string) =>
    incidentWrite(incident, "texts", { text, call }),
  sendLink: (incident: string, scopes: readonly string[], text: string, call?: string) =>
    incidentWrite(incident, "links", { scopes, text, ...(call ? { call } : {}) }),
  stopLink: (incident: string, link: number): Promise<IncidentAnswer> =>
    write("DELETE", `/incidents/${id(incident)}/links/${link}`),
  medium: (incident: string, medium: number) =>
    getFile(`/incidents/${id(incident)}/media/${medium}`, String(medium)),
  close: (incident: string, body: { outcome?: string; text?: string }) =>
    incidentAct(incident, "close", body),
  reopen: (incident: string) => incidentAct(incident, "reopen", {}),
  merge: (incident: string, into: string) => incidentAct(incident, "merge", { into }),
  setLevel: (incident: string, level: number, text: string) =>
    incidentAct(incident, "level", { level, ...(text ? { text } : {}) }),
  acknowledge: (incident: string) => incidentAct(incident, "alarm/acknowledge", {}),
  assign: (incident: string, unit: string, divert: boolean): Promise<IncidentAnswer> =>
    incidentAct(incident, "assignments", divert ? { unit, divert } : { unit }),
  share: (incident: string, agency: string) => incidentWrite(incident, "shares", { agency }),
  unshare: (incident: string, agency: string): Promise<IncidentAnswer> =>
    write("DELETE", `/incidents/${id(incident)}/shares/${id(agency)}`),
  alerts: (words: string): Promise<{ alerts: Alert[] }> => get(`/alerts?language=${id(words)}`),
  partners: (): Promise<{ partners: Partner[] }> => get("/partners"),
  aid: (): Promise<AidList> => get("/aid"),
  askAid: (
    incident: string,
    body: { agency: string; capabilities: string[]; crews: number; text?: string },
  ) => incidentWrite(incident, "aid", body),
  /** Without the incident for who refused: it is not there. */
  answerAid: (
    incident: string,
    body: { agency?: string; capabilities: string[]; outcome: string; reason?: string },
  ): Promise<{ seq: number; incident?: Incident }> =>
    write("POST", `/incidents/${id(incident)}/aid/answer`, body),
  withdrawAid: (incident: string, agency: string, capabilities: string[]) =>
    incidentWrite(incident, "aid/withdraw", { agency, capabilities }),
  transfer: (incident: string, partner: string, reason: string) =>
    incidentWrite(incident, "transfer", reason ? { partner, reason } : { partner }),
  answerTransfer: (incident: string, partner: string, outcome: string, reason = "") =>
    incidentWrite(incident, "transfer/answer", {
      partner,
      outcome,
      ...(reason ? { reason } : {}),
    }),
  hold: (incident: string, reason: string) => incidentWrite(incident, "hold", { reason }),
  lift: (incident: string): Promise<IncidentAnswer> =>
    write("DELETE", `/incidents/${id(incident)}/hold`),
  erase: (incident: string, reason: string) => incidentWrite(incident, "erase", { reason }),
  exported: (incident: string) => getFile(`/incidents/${id(incident)}/export`, `${incident}.zip`),
  release: (incident: string, unit: string): Promise<IncidentAnswer> =>
    act("DELETE", `/incidents/${id(incident)}/assignments/${id(unit)}`),
  setStatus: (
    unit: string,
    status: UnitStatus,
    hospital = "",
  ): Promise<{ seq: number; unit: Unit }> =>
    act("POST", `/units/${id(unit)}/status`, hospital ? { status, hospital } : { status }),

  /** With the roads they come to. */
  closedRoads: (): Promise<{ closures: Closure[] }> => get("/closures?roads=1"),
  closedRoad: (closure: string): Promise<{ closure: Closure }> =>
    get(`/closures/${id(closure)}?roads=1`),
  /** The roads that a drawing would come to. */
  previewClosure: (
    { shape, site, radius_m, points }: ShapeBody,
    heading: number | null,
    signal: AbortSignal,
  ): Promise<{ roads: ClosedRoads }> => {
    const flat = (points ?? []).flat().map((deg) => deg.toFixed(5));
    const query = new URLSearchParams({ shape });
    if (site) query.set("at", at(site));
    if (radius_m) query.set("radius_m", String(radius_m));
    if (heading !== null) query.set("heading_deg", String(heading));
    const drawn = flat.length > 0 ? `&points=${flat.join(",")}` : ""; // a third shorter unescaped
    return get(`/closures/preview?${query.toString()}${drawn}`, signal);
  },
  makeClosure: (draft: ClosureDraft): Promise<ClosureAnswer> => write("POST", "/closures", draft),
  changeClosure: (closure: string, edit: ClosureDraft): Promise<ClosureAnswer> =>
    write("PATCH", `/closures/${id(closure)}`, edit),
  liftClosure: (closure: string): Promise<ClosureAnswer> =>
    write("DELETE", `/closures/${id(closure)}`),
  restoreClosure: (closure: string): Promise<ClosureAnswer> =>
    write("POST", `/closures/${id(closure)}/restore`, {}),

  demo: (): Promise<Demo> => get("/demo"),
  setDemo: (change: Partial<Demo>): Promise<Demo> => write("PATCH", "/demo", change),
};

export type Api = typeof api;
