// The state behind the fake server: incidents, crews and their rules, as far as the console sees them.
const BUSY = new Set(["dispatched", "en-route", "on-scene", "transporting", "at-hospital"]);
const START = Date.parse("2026-11-23T10:00:00Z");

export class Refusal extends Error {
  constructor(status, detail, code = "") {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

const plans = [
  [
    "cardiac-arrest",
    "Cardiac arrest",
    "Paragem cardíaca",
    1,
    [
      ["als", 1],
      ["bls", 1],
    ],
  ],
  ["breathing", "Breathing difficulty", "Dificuldade em respirar", 2, [["als", 1]]],
  ["fall", "Fall", "Queda", 3, [["bls", 1]]],
  [
    "building-fire",
    "Building fire",
    "Incêndio em edifício",
    1,
    [
      ["fire-engine", 2],
      ["bls", 1],
    ],
  ],
].map(([type, label, pt, priority, needs]) => ({
  type,
  label,
  labels: { pt },
  priority,
  needs: needs.map(([capability, count]) => ({ capabilities: [capability], count })),
  tell: [],
}));

const stations = [
  { id: "S1", label: "Estação Norte", lat: -25.925, lon: 32.59 },
  { id: "S2", label: "Estação Sul", lat: -25.975, lon: 32.61 },
];

/** Metres between two points of a small town. */
function metres(a, b) {
  const x = (a.lon - b.lon) * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(x, a.lat - b.lat) * 111195;
}

export class FakeState {
  seq = 0;
  plans = plans;
  stations = stations;
  closures = [];
  incidents = new Map();
  units = new Map();
  keys = new Map();
  listeners = new Set();
  /** Whose request is being answered. */
  actor = "desk";
  agency = null;
  demo = { speed: 5, auto_dispatch: false, crews: 12 };

  /** @param realTime ages run from now; otherwise from a fixed time, so that runs are alike */
  constructor(realTime = true) {
    this.start = realTime ? Date.now() : START;
    this.ticks = 0;
    this.realTime = realTime;
    for (let i = 1; i <= 12; i++) this.addUnit(i);
  }

  now() {
    const ms = this.realTime ? Date.now() : this.start + ++this.ticks * 1000;
    return new Date(ms).toISOString();
  }

  addUnit(i) {
    const fire = i > 8;
    const id = `${fire ? "F" : "M"}${fire ? i - 8 : i}`;
    this.units.set(id, {
      id,
      kind: fire ? "fire-engine" : "ambulance",
      capabilities: fire ? ["fire-engine", "rescue"] : i % 2 ? ["als", "bls"] : ["bls"],
      station: i % 2 ? "S1" : "S2",
      crew: fire ? 4 : 2,
      status: "available",
      since: this.now(),
      incident: null,
      hospital: null,
      lat: -25.92 - ((i * 37) % 60) / 1000,
      lon: 32.52 + ((i * 53) % 120) / 1000,
      heading_deg: (i * 47) % 360,
      speed_kmh: 0,
      position_time: this.now(),
      position_stale: false,
      seq: 0,
    });
  }

  tell(kind, objects, actor = this.actor) {
    const change = { seq: ++this.seq, kind, time: this.now(), actor, ...objects };
    for (const object of [change.incident, change.unit]) if (object) object.seq = this.seq;
    for (const listener of this.listeners) listener("change", change);
    return this.seq;
  }

  closure(id) {
    const closure = this.closures.find((c) => c.id === id);
    if (!closure) throw new Refusal(404, "there is no such closure");
    return closure;
  }

  /** Tells of a closure and answers with it. */
  closureDone(kind, closure) {
    closure.seq = this.seq + 1;
    this.tell(kind, { closure: { ...closure } });
    return { seq: this.seq, closure: { ...closure }, live: true };
  }

  drawClosure(closure, body) {
    const { shape, site, points, radius_m } = body;
    if (shape) {
      const drawn = points ?? [];
      const middle = drawn[Math.floor(drawn.length / 2)];
      const at = site ?? { lat: middle[0], lon: middle[1] };
      Object.assign(closure, { shape, points: drawn, radius_m: radius_m ?? 0, ...at });
    }
    if ("heading_deg" in body) closure.heading_deg = body.heading_deg;
    if (body.both_ways) closure.heading_deg = null;
    if ("time_percent" in body) closure.time_percent = body.time_percent;
    if (body.until) closure.until = body.until;
    if (body.lasting) closure.until = null;
    if (body.reason) closure.reason = body.reason === "-" ? null : body.reason;
  }

  makeClosure(body) {
    const closure = {
      id: `X-${this.closures.length + 1}`,
      shape: "road",
      radius_m: 0,
      points: [],
      heading_deg: null,
      time_percent: 0,
      reason: null,
      made: this.now(),
      made_by: this.actor,
      until: null,
      lifted: null,
      lifted_by: null,
    };
    this.drawClosure(closure, { shape: body.radius_m ? "circle" : "road", ...body });
    this.closures.push(closure);
    return this.closureDone("closure-made", closure);
  }

  changeClosure(id, body) {
    const closure = this.closure(id);
    if (closure.lifted) throw new Refusal(409, `${id} was lifted; restore it first`);
    this.drawClosure(closure, body);
    return this.closureDone("closure-changed", closure);
  }

  liftClosure(id, lifted) {
    const closure = this.closure(id);
    if (Boolean(closure.lifted) === lifted) throw new Refusal(409, `${id} is so already`);
    Object.assign(closure, {
      lifted: lifted ? this.now() : null,
      lifted_by: lifted ? this.actor : null,
    });
    return this.closureDone(lifted ? "closure-lifted" : "closure-restored", closure);
  }

  /** An event on an incident: into its timeline, then to everyone. */
  record(incident, kind, { text = null, unit = null, actor = this.actor } = {}) {
    incident.changed = this.now();
    const entry = { seq: this.seq + 1, time: incident.changed, kind, actor, unit, text };
    incident.timeline.push(entry);
    const objects = { incident: this.view(incident) };
    if (unit) objects.unit = this.units.get(unit);
    incident.seq = this.tell(kind, objects, actor);
    return incident.seq;
  }

  view(incident, withTimeline = false) {
    const { timeline, ...rest } = incident;
    const units = rest.units.map((u) => ({ ...u, status: this.units.get(u.unit).status }));
    return { ...rest, units, seq: incident.seq, ...(withTimeline ? { timeline } : {}) };
  }

  incident(id) {
    const found = this.incidents.get(id);
    if (!found) throw new Refusal(404, `There is no incident ${id}.`);
    return found;
  }

  unit(id) {
    const found = this.units.get(id);
    if (!found) throw new Refusal(404, `There is no crew ${id}.`);
    return found;
  }

  open() {
    const opened = this.now();
    const incident = {
      id: `I-${this.incidents.size + 1}`,
      state: "new",
      type: null,
      priority: null,
      place: null,
      radius_m: null,
      opened,
      changed: opened,
      closed: null,
      seq: 0,
      calls: [],
      units: [],
      into: null,
      outcome: null,
      reopened: 0,
      alarm: null,
      alarm_unit: null,
      agency: this.agency,
      shared: [],
      held: false,
      erased: null,
      notes: 0,
      timeline: [],
    };
    this.incidents.set(incident.id, incident);
    this.record(incident, "incident-opened");
    return incident;
  }

  takeCall(body, actor = this.actor) {
    const incident = body.incident ? this.incident(body.incident) : this.open();
    const at = body.pos ? { lat: body.pos.lat, lon: body.pos.lon } : {};
    const call = {
      id: `C-${this.seq}`,
      incident: incident.id,
      state: "open",
      received: this.now(),
      number: body.number ?? null,
      name: body.name ?? null,
      words: body.words ?? null,
      source: body.source ?? null,
      radius_m: body.radius_m ?? null,
      ...at,
    };
    incident.calls.push(call);
    Object.assign(incident, at, { radius_m: body.radius_m ?? null });
    this.record(incident, "call-received", { text: call.words, actor });
    this.edit(incident, body);
    return { seq: this.seq, call, incident: this.view(incident), duplicates: this.near(incident) };
  }

  near(incident) {
    return [...this.incidents.values()]
      .filter((o) => o !== incident && o.state !== "closed" && o.lat && incident.lat)
      .map((o) => ({ incident: o.id, distance_m: metres(o, incident), age_s: 60 }))
      .filter((d) => d.distance_m < 300);
  }

  edit(incident, body) {
    if (body.pos || body.place) {
      if (body.pos) Object.assign(incident, { lat: body.pos.lat, lon: body.pos.lon });
      incident.place = body.place ?? incident.place;
      this.record(incident, "incident-placed", { text: incident.place });
    }
    if (!body.type && !body.priority) return;
    incident.type = body.type ?? incident.type;
    const plan = plans.find((p) => p.type === incident.type);
    incident.priority = body.priority ?? incident.priority ?? plan?.priority ?? null;
    if (incident.state === "new") incident.state = "triaged";
    this.record(incident, "incident-triaged", { text: incident.type });
  }

  recommend(incident) {
    if (!incident.type || !incident.lat) {
      throw new Refusal(409, "The incident has no type or no position yet.");
    }
    const used = new Set();
    const needs = plans
      .find((p) => p.type === incident.type)
      .needs.map((need) => {
        const units = [...this.units.values()]
          .filter((u) => need.capabilities.every((c) => u.capabilities.includes(c)))
          .filter((u) => !used.has(u.id) && u.status !== "out-of-service")
          .filter((u) => u.incident !== incident.id)
          .map((u) => this.rank(u, incident))
          .sort((a, b) => Number(a.divert) - Number(b.divert) || a.arrive_s - b.arrive_s)
          .slice(0, 3);
        for (const u of units) used.add(u.unit);
        return { ...need, missing: need.count, units };
      });
    return { incident: incident.id, needs, took_ms: 1.5 };
  }

  rank(unit, incident) {
    const straight_m = metres(unit, incident);
    const road_s = Math.round(straight_m / 9);
    return {
      unit: unit.id,
      status: unit.status,
      arrive_s: road_s + 30,
      road_s,
      distance_m: straight_m * 1.3,
      straight_m,
      basis: "position",
      divert: BUSY.has(unit.status),
      from_incident: unit.incident,
      reasons: [
        {
          code: "by-road",
          text: `${road_s} s by road plus 30 s to leave`,
          params: { road_s, distance_m: straight_m * 1.3, turnout_s: 30 },
        },
      ],
    };
  }

  assign(incident, { unit: id, divert }) {
    const unit = this.unit(id);
    if (BUSY.has(unit.status)) {
      if (!divert) throw new Refusal(409, `${id} is busy with ${unit.incident}.`);
      this.release(this.incident(unit.incident), id);
    }
    Object.assign(unit, { status: "dispatched", since: this.now(), incident: incident.id });
    const eta_s = Math.round(metres(unit, incident) / 9) + 30;
    const slot = { unit: id, status: "dispatched", dispatched: this.now(), on_scene: null, eta_s };
    incident.units.push(slot);
    if (incident.state !== "on-scene") incident.state = "dispatched";
    this.record(incident, "unit-dispatched", { unit: id });
    return { seq: this.seq, incident: this.view(incident), unit };
  }

  release(incident, id) {
    const unit = this.unit(id);
    incident.units = incident.units.filter((u) => u.unit !== id);
    if (incident.units.length === 0 && incident.state !== "closed") incident.state = "triaged";
    Object.assign(unit, { status: "returning", since: this.now(), incident: null });
    this.record(incident, "unit-released", { unit: id });
  }

  setStatus(id, status) {
    const unit = this.unit(id);
    const incident = unit.incident ? this.incident(unit.incident) : null;
    Object.assign(unit, { status, since: this.now() });
    if (incident) {
      const slot = incident.units.find((u) => u.unit === id);
      if (status === "on-scene") {
        slot.on_scene = unit.since;
        incident.state = "on-scene";
      }
      if (!BUSY.has(status)) incident.units = incident.units.filter((u) => u !== slot);
      if (!BUSY.has(status)) unit.incident = null;
      this.record(incident, "unit-status", { unit: id, text: status, actor: id });
    } else this.tell("unit-status", { unit }, id);
    return { seq: this.seq, unit };
  }

  close(incident, { outcome = null, text = null }) {
    for (const slot of [...incident.units]) this.release(incident, slot.unit);
    Object.assign(incident, { state: "closed", closed: this.now(), outcome });
    this.record(incident, "incident-closed", { text: outcome ?? text });
  }

  share(incident, agency) {
    incident.shared = [...new Set([...incident.shared, agency])];
    this.record(incident, "incident-shared", { text: agency });
  }

  unshare(incident, agency) {
    incident.shared = incident.shared.filter((a) => a !== agency);
    this.record(incident, "incident-unshared", { text: agency });
  }

  hold(incident, held, reason = null) {
    incident.held = held;
    this.record(incident, held ? "hold-placed" : "hold-lifted", { text: reason });
  }

  erase(incident) {
    if (incident.held) throw new Refusal(409, `${incident.id} is on hold.`, "conflict");
    if (incident.state !== "closed") throw new Refusal(409, `${incident.id} is open.`, "conflict");
    Object.assign(incident, { place: null, lat: null, lon: null, radius_m: null });
    for (const call of incident.calls)
      Object.assign(call, { number: null, name: null, words: null });
    for (const entry of incident.timeline) entry.text = null;
    incident.erased = this.now();
    this.record(incident, "incident-erased");
  }

  move(positions) {
    const units = [];
    for (const p of positions) {
      const unit = this.units.get(p.unit);
      if (!unit) continue;
      Object.assign(unit, { lat: p.lat, lon: p.lon, position_time: this.now() });
      unit.heading_deg = p.heading_deg ?? unit.heading_deg;
      units.push([unit.id, unit.lat, unit.lon, unit.heading_deg, p.speed_kmh ?? null]);
    }
    for (const listener of this.listeners) listener("positions", { time: this.now(), units });
    return { accepted: units.length, refused: [] };
  }
}
