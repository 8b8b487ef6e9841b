// Taking a call: the form, what is kept of it, and sending it exactly once, also when the server
// was away in between.
import { type CallDraft, type CallTaken, Problem, api } from "./api";
import { CallForm, type FormOptions, type FormState } from "./callform";
import { type Drafts, type Kept, chanceWord, keptAct } from "./drafts";
import { problemText } from "./problems";
import { t } from "./strings";

/** What is kept of a call that is being typed. */
interface CallKept {
  state: FormState;
  /** Its idempotency key: the server records it once, however often it is sent. */
  key: string;
  /** As it was sent when no answer came: it may be recorded, so it goes first, unchanged. */
  sent: CallDraft | null;
}

export interface TakingHost {
  form: Omit<FormOptions, "kind" | "save" | "changed" | "discard">;
  drafts: Drafts;
  say: (text: string, kind: "good" | "bad", undo?: () => void) => void;
  taken: (answer: CallTaken) => void;
}

const isCall = (kept: Kept): kept is Kept<CallKept> => kept.slot === "call";

/** What was typed after it was sent: the parts of the incident, and words for a note. */
function since(sent: CallDraft, now: CallDraft): { edit: CallDraft; note: string } {
  const edit: CallDraft = {};
  const differs = (name: keyof CallDraft): boolean =>
    now[name] !== undefined && JSON.stringify(now[name]) !== JSON.stringify(sent[name]);
  if (differs("type")) edit.type = now.type as string;
  if (differs("priority")) edit.priority = now.priority as number;
  if (differs("place")) edit.place = now.place as string;
  if (differs("pos") && now.pos) {
    edit.pos = now.pos;
    edit.source = now.source ?? "typed";
  }
  const said = (["number", "name", "words", "text"] as const).filter(differs);
  return { edit, note: said.map((name) => now[name]).join("\n") };
}

export class Taking {
  readonly form: CallForm;
  private key = chanceWord();
  private sent: CallDraft | null = null;
  private saving = false;
  private clearing = false;
  private waiting: Kept<CallKept>[] = [];

  constructor(private readonly host: TakingHost) {
    this.form = new CallForm({
      ...host.form,
      kind: "call",
      save: () => void this.save(),
      changed: () => this.keep(),
      discard: () => this.throwAway(),
    });
  }

  private get values(): CallKept {
    return { state: this.form.state, key: this.key, sent: this.sent };
  }

  /** A slip of the hand can be taken back, as long as nothing new was begun. */
  private throwAway(): void {
    const { values } = this;
    this.done();
    this.form.focus();
    this.host.say(t("draft.gone"), "good", () => {
      if (this.form.isEmpty) this.giveBack(values);
    });
  }

  private giveBack({ state, key, sent }: CallKept): void {
    this.form.restore(state);
    this.key = key;
    this.sent = sent;
    this.keep();
  }

  private keep(): void {
    if (this.clearing) return;
    if (this.form.isEmpty && !this.sent) this.host.drafts.drop("call");
    else this.host.drafts.keep("call", this.values);
  }

  /** The form is shown: what stands in it from before is said to. */
  opened(): void {
    const next = this.form.isEmpty ? this.waiting.shift() : undefined;
    if (next) this.restore(next);
    const kept = this.host.drafts.at("call");
    this.form.showKept(kept ? (Date.now() - kept.time) / 1000 : null);
  }

  /** Calls that were left behind; true if there are any. */
  found(all: readonly Kept[]): boolean {
    this.waiting = all.filter(isCall);
    return this.waiting.length > 0;
  }

  private restore(kept: Kept<CallKept>): void {
    this.host.drafts.adopt(kept);
    this.form.restore(kept.values.state);
    this.key = kept.values.key;
    this.sent = kept.values.sent;
  }

  /** Sent, or thrown away: the next call begins with nothing. */
  private done(): void {
    this.clearing = true;
    this.form.clear();
    this.clearing = false;
    this.key = chanceWord();
    this.sent = null;
    this.host.drafts.drop("call");
    if (this.waiting.length > 0) this.host.say(t("draft.more"), "good");
  }

  private async save(): Promise<void> {
    if (this.saving) return;
    this.saving = true;
    const now = this.form.draft();
    this.sent ??= now;
    this.keep();
    try {
      const answer = await api.takeCall(this.sent, this.key);
      const incident = await this.follow(answer, this.sent, now);
      this.done();
      this.host.say(t("call.saved", { id: incident.id }), "good");
      this.host.taken({ ...answer, incident });
    } catch (error) {
      if (error instanceof Problem && error.status >= 400 && error.status < 500) {
        this.sent = null; // refused: nothing is recorded, and it may be changed
        this.key = chanceWord();
      }
      this.keep();
      this.form.fail(problemText(error));
    } finally {
      this.saving = false;
    }
  }

  /** What was typed since the call was sent first goes after it. */
  private async follow(answer: CallTaken, sent: CallDraft, now: CallDraft) {
    const { edit, note } = since(sent, now);
    let { incident } = answer;
    try {
      if (Object.keys(edit).length > 0) {
        incident = (await api.editIncident(incident.id, edit)).incident;
      }
      if (note !== "") incident = (await api.addNote(incident.id, note)).incident;
    } catch (error) {
      if (note !== "") this.host.drafts.keep(`note:${incident.id}`, keptAct(note));
      this.host.say(problemText(error), "bad");
    }
    return incident;
  }
}
