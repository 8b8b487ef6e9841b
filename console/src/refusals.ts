// Why the server refused, in the desk's language: the sentences of src/response that a desk meets
// most; any other is shown as the server says it.
import { type Key, t, tw } from "./strings";

interface Refusal {
  says: RegExp;
  key: Key;
}

/** Named groups are the marks of the text; `status` and `to` are statuses of a crew. */
const refusals: readonly Refusal[] = [
  { says: /^(?<id>I-\d+) is closed; reopen it first$/, key: "refused.closed" },
  { says: /^(?<id>I-\d+) is closed already$/, key: "refused.closedAlready" },
  { says: /^(?<id>I-\d+) was merged into (?<into>I-\d+); use I-\d+$/, key: "refused.merged" },
  { says: /^(?<unit>\S+) is on (?<id>I-\d+) already \((?<status>[\w-]+)\)$/, key: "refused.sent" },
  { says: /^(?<unit>\S+) is out of service; make it available first$/, key: "refused.out" },
  {
    says: /^(?<unit>\S+) is busy with (?<id>I-\d+) \((?<status>[\w-]+)\); release it, or divert/,
    key: "refused.busy",
  },
  { says: /^(?<unit>\S+) is on no incident \((?<status>[\w-]+)\)$/, key: "refused.free" },
  { says: /^(?<unit>\S+) is (?<status>[\w-]+) already$/, key: "refused.isSo" },
  {
    says: /^(?<unit>\S+) is (?<status>[\w-]+) and cannot become (?<to>[\w-]+); it can report .*$/,
    key: "refused.cannot",
  },
  {
    says: /^no agreement lends such crews of (?<lender>\S+) to (?<asker>\S+) for (?<id>I-\d+) /,
    key: "refused.aidNone",
  },
  {
    says: /^(?<unit>\S+) belongs to (?<lender>\S+), and no .* to (?<asker>\S+) for (?<id>I-\d+) /,
    key: "refused.aidUnit",
  },
  {
    says: /^(?<unit>\S+) of (?<lender>\S+) is not free; only free crews are lent$/,
    key: "refused.aidFree",
  },
  {
    says: /^(?<lender>\S+) keeps (?<n>\d+) free crews that can do what (?<unit>\S+) does, /,
    key: "refused.aidKeeps",
  },
  {
    says: /^(?<unit>\S+) is lent on request only: ask (?<lender>\S+) for it, /,
    key: "refused.aidAsk",
  },
  {
    says: /^(?<lender>\S+) was asked for this already; it has not answered$/,
    key: "refused.aidAsked",
  },
];

export function refusalText(detail: string): string {
  for (const { says, key } of refusals) {
    const found = says.exec(detail)?.groups;
    if (!found) continue;
    const params = { ...found };
    for (const name of ["status", "to"]) {
      const word = params[name];
      if (word !== undefined) params[name] = tw("status", word).toLowerCase();
    }
    return t(key, params);
  }
  return detail;
}
