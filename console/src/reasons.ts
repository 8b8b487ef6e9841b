// Why a crew is recommended, in the desk's language: made from the facts of each reason; a reason
// that this table does not know, or without its facts, is shown in the server's own words.
import { language, t } from "./strings";
import { formatDistance, spellDuration } from "./time";
import type { Ranked, Reason } from "./types";

/** Shorter than this is no time to speak of. */
const TURNOUT_MIN_S = 1;

type Facts = NonNullable<Reason["params"]>;

function numberIn(facts: Facts, name: string): number | null {
  const value = facts[name];
  return typeof value === "number" ? value : null;
}

function roadText(facts: Facts): string | null {
  const road_s = numberIn(facts, "road_s");
  const metres = numberIn(facts, "distance_m");
  if (road_s === null) return null;
  const distance = metres === null ? "" : ` (${formatDistance(metres, language())})`;
  const road = t("reason.by-road", { time: spellDuration(road_s), distance });
  const turnout_s = numberIn(facts, "turnout_s") ?? 0;
  if (turnout_s < TURNOUT_MIN_S) return road;
  return t("reason.turnout", { road, time: spellDuration(turnout_s) });
}

function stationText(facts: Facts): string {
  const age_s = numberIn(facts, "age_s");
  return age_s === null ? t("reason.unheard") : t("reason.station", { time: spellDuration(age_s) });
}

function divertText({ incident, priority }: Facts): string | null {
  if (typeof incident !== "string" || typeof priority !== "number") return null;
  return t("reason.divert", { id: incident, priority });
}

function straightText(facts: Facts): string | null {
  const metres = numberIn(facts, "straight_m");
  const road_s = numberIn(facts, "road_s");
  if (typeof facts["unit"] !== "string" || metres === null) return null;
  const params = { unit: facts["unit"], distance: formatDistance(metres, language()) };
  if (road_s === null) return t("reason.noWay", params);
  return t("reason.straight", { ...params, time: spellDuration(road_s) });
}

function aidText(facts: Facts): string | null {
  const margin_s = numberIn(facts, "margin_s");
  const { agency, how } = facts;
  if (typeof agency !== "string" || margin_s === null) return null;
  if (how !== "automatic" && how !== "on-request") return null;
  return t(`reason.aid.${how}`, { name: agency, time: spellDuration(margin_s) });
}

function ownText(facts: Facts): string | null {
  const earlier_s = numberIn(facts, "earlier_s");
  const { agency, unit } = facts;
  if (typeof agency !== "string" || typeof unit !== "string" || earlier_s === null) return null;
  return t("reason.own-first", { unit, name: agency, time: spellDuration(earlier_s) });
}

const sentences: Readonly<Record<string, (facts: Facts) => string | null>> = {
  "by-road": roadText,
  "from-station": stationText,
  divert: divertText,
  "straight-line-misleads": straightText,
  aid: aidText,
  "own-first": ownText,
};

export function reasonsOf(r: Ranked): string[] {
  return r.reasons.map(({ code, text, params }) => {
    const sentence = params && sentences[code]?.(params);
    return sentence || text;
  });
}
