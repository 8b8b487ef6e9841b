// Why a crew is recommended, in the desk's language: made from the numbers of the answer; a reason
// this table does not know is shown in the server's own words.
import { language, t } from "./strings";
import { formatDistance, spellDuration } from "./time";
import type { Ranked, Reason } from "./types";

/** Shorter than this is no time to speak of. */
const TURNOUT_MIN_S = 1;

function roadText(r: Ranked): string | null {
  if (typeof r.road_s !== "number") return null;
  const distance =
    typeof r.distance_m === "number" ? ` (${formatDistance(r.distance_m, language())})` : "";
  const road = t("reason.by-road", { time: spellDuration(r.road_s), distance });
  const turnout_s = r.arrive_s - r.road_s;
  if (turnout_s < TURNOUT_MIN_S) return road;
  return t("reason.turnout", { road, time: spellDuration(turnout_s) });
}

function reasonText(reason: Reason, r: Ranked): string {
  switch (reason.code) {
    case "by-road":
      return roadText(r) ?? reason.text;
    case "from-station":
      return t("reason.station");
    case "divert":
      return r.from_incident ? t("reason.divert", { id: r.from_incident }) : reason.text;
    case "straight-line-misleads": {
      // The sentence begins with the call sign of the crew that a straight line would choose.
      const unit = String(reason.params?.["unit"] ?? reason.text.split(" ")[0] ?? "");
      return unit === "" ? reason.text : t("reason.straight", { unit });
    }
    default:
      return reason.text;
  }
}

export function reasonsOf(r: Ranked): string[] {
  return r.reasons.map((reason) => reasonText(reason, r));
}
