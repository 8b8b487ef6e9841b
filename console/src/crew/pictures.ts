// Taking a picture or a voice note of the incident: seen or heard first, sent by a press of its
// own, and taken back while it is not with the centre as a whole.
import { type TemplateResult, html, nothing } from "lit/html.js";
import type { Incident, Medium as Recorded } from "../types";
import { NoPicture, shrink } from "./photo";
import type { Medium } from "./queue";
import { t } from "./words";

export const SOUND_MAX_S = 60;
const SOUND_BITS = 16_000;
const MS = 1000;
const KB = 1000;

export interface Draft {
  kind: Medium["kind"];
  incident: string;
  bytes: ArrayBuffer;
  url: string;
  /** The server's time when it was taken, in ms. */
  at: number;
}

export interface PicturesHost {
  now: () => number;
  clock: (ms: number) => string;
  send: (draft: Draft) => Promise<void>;
  changed: () => void;
}

export class Pictures {
  private draft: Draft | null = null;
  private isBusy = false;
  private problem = "";
  private recorder: MediaRecorder | null = null;
  private startedAt = 0;
  private ticking = 0;

  constructor(private readonly host: PicturesHost) {}

  /** With the crew's part in the incident what was not sent is gone. */
  leave(incident: string | null): void {
    if (this.draft && this.draft.incident !== incident) this.drop();
    if (incident === null) this.recorder?.stop();
  }

  private drop(): void {
    if (this.draft) URL.revokeObjectURL(this.draft.url);
    this.draft = null;
    this.host.changed();
  }

  private keep(kind: Draft["kind"], incident: string, bytes: ArrayBuffer, type: string): void {
    const url = URL.createObjectURL(new Blob([bytes], { type }));
    this.draft = { kind, incident, bytes, url, at: this.host.now() };
  }

  private async picture(input: HTMLInputElement, incident: string): Promise<void> {
    const file = input.files?.[0];
    input.value = "";
    if (!file || this.isBusy) return;
    this.drop();
    this.isBusy = true;
    this.problem = "";
    this.host.changed();
    try {
      this.keep("picture", incident, await shrink(file), "image/jpeg");
    } catch (error) {
      this.problem = error instanceof NoPicture ? t("noPicture") : String(error);
    }
    this.isBusy = false;
    this.host.changed();
  }

  private async record(incident: string): Promise<void> {
    this.problem = "";
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      this.problem = t("noSound");
      return this.host.changed();
    }
    this.drop();
    const parts: Blob[] = [];
    const recorder = new MediaRecorder(stream, { audioBitsPerSecond: SOUND_BITS });
    const end = async (): Promise<void> => {
      for (const track of stream.getTracks()) track.stop();
      clearInterval(this.ticking);
      this.recorder = null;
      const sound = new Blob(parts, { type: recorder.mimeType });
      if (sound.size > 0) this.keep("sound", incident, await sound.arrayBuffer(), sound.type);
      this.host.changed();
    };
    recorder.ondataavailable = ({ data }) => void parts.push(data);
    recorder.onstop = () => void end();
    recorder.start();
    this.recorder = recorder;
    this.startedAt = Date.now();
    this.ticking = window.setInterval(() => {
      if (this.seconds() >= SOUND_MAX_S) recorder.stop();
      this.host.changed();
    }, MS);
    this.host.changed();
  }

  private seconds(): number {
    return Math.round((Date.now() - this.startedAt) / MS);
  }

  private async sendDraft(draft: Draft): Promise<void> {
    URL.revokeObjectURL(draft.url);
    this.draft = null;
    await this.host.send(draft);
  }

  view(incident: Incident, unit: string): TemplateResult {
    const { id } = incident;
    const own = (incident.media ?? []).filter((m) => m.unit === unit);
    const taken = (event: Event): void =>
      void this.picture(event.target as HTMLInputElement, id);
    return html`<section class="pictures" aria-labelledby="pictures">
      <h2 id="pictures">${t("pictures")}</h2>
      <label class="big take" data-busy=${this.isBusy}>
        ${t("takePicture")}
        <input type="file" accept="image/*" capture="environment" @change=${taken} />
      </label>
      ${this.soundView(id)}
      <p class="problem" role="status">${this.isBusy ? t("making") : this.problem}</p>
      ${this.draft ? this.draftView(this.draft) : nothing}
      <p class="hint">${t("pictureRule")}</p>
      ${
        own.length > 0
          ? html`<ul class="taken">
              ${own.map((medium) => html`<li>${this.recordedName(medium)}</li>`)}
            </ul>`
          : nothing
      }
    </section>`;
  }

  private recordedName(medium: Recorded): string {
    const what = t(medium.type === "jpeg" ? "picture" : "sound");
    const at = this.host.clock(Date.parse(medium.taken ?? medium.time));
    return `${what} ${at}: ${t("recorded")}`;
  }

  private soundView(incident: string): TemplateResult | typeof nothing {
    if (!isSecureContext || !("MediaRecorder" in globalThis)) return nothing;
    const { recorder } = this; // one button, so that the focus stays on it
    const press = (): void => (recorder ? recorder.stop() : void this.record(incident));
    const words = recorder
      ? t("stopSound", { n: this.seconds(), most: SOUND_MAX_S })
      : t("takeSound");
    const look = recorder ? "big recording" : "big";
    return html`<button class=${look} @click=${press}>${words}</button>`;
  }

  private draftView(draft: Draft): TemplateResult {
    const name = mediumName(draft.kind, draft.bytes.byteLength);
    return html`<div class="draft">
      ${
        draft.kind === "picture"
          ? html`<img src=${draft.url} alt=${name} />`
          : html`<audio src=${draft.url} controls aria-label=${name}></audio>`
      }
      <button class="big accent" @click=${() => void this.sendDraft(draft)}>
        ${t("sendMedium", { what: name })}
      </button>
      <button class="big" @click=${() => this.drop()}>${t("discard")}</button>
    </div>`;
  }
}

export function mediumName(kind: Medium["kind"], bytes: number): string {
  return `${t(kind)}, ${Math.ceil(bytes / KB)} kB`;
}
