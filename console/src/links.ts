// What a caller shares by a one-time link: to send one, how far it is, what came, and its end. And
// what the crews of the incident took.
import { type TemplateResult, html, nothing } from "lit";
import { api } from "./api";
import { isOpen } from "./board";
import { may } from "./may";
import { language, t, tw } from "./strings";
import { isReachable } from "./texts";
import { formatClock } from "./time";
import type { CallerLink, Incident, LinkScope, Medium } from "./types";

const SCOPES: readonly LinkScope[] = ["position", "messages", "media"];
/** What a browser shows; anything else is only saved. */
const SHOWN: Readonly<Record<string, "img" | "video" | "audio">> = {
  jpeg: "img",
  png: "img",
  gif: "img",
  webp: "img",
  avif: "img",
  mp4: "video",
  mov: "video",
  webm: "video",
  "3gp": "video",
  m4a: "audio",
  mp3: "audio",
  ogg: "audio",
  wav: "audio",
  aac: "audio",
};

export interface LinksHost {
  send: (scope: LinkScope, call: string) => Promise<boolean>;
  stop: (link: number) => Promise<boolean>;
  failed: (error: unknown) => void;
  changed: () => void;
}

/** The scopes that a choice means: each with those before it. */
export function scopesOf(scope: LinkScope): LinkScope[] {
  return SCOPES.slice(0, SCOPES.indexOf(scope) + 1);
}

/** "opened": the caller agreed, and nothing came yet. */
export function linkState(link: CallerLink): string {
  if (link.state === "taken") return link.shared ? "sharing" : "opened";
  return link.state === "stopped" ? (link.outcome ?? "desk") : "sent";
}

export class LinksView {
  private scope: LinkScope = "media";
  private call = "";
  private sending = false;
  /** The medium on show, of this incident. */
  private shown: { incident: string; id: number; url: string } | null = null;

  constructor(private readonly host: LinksHost) {}

  view(i: Incident, detail: Incident | null): TemplateResult | typeof nothing {
    const links = detail?.links ?? [];
    const calls = i.calls.filter(isReachable);
    const sends = isOpen(i) && may("write") && calls.length > 0;
    if (this.shown && this.shown.incident !== i.id) this.hide();
    const crews = this.crewsView(detail?.media ?? [], i);
    if (links.length === 0 && !sends) return crews;
    return html`${crews}<details class="texts links" ?open=${links.length > 0}>
      <summary>${t("link.title")}</summary>
      ${links.map((link) => this.linkView(link, i))}
      ${sends ? this.form(calls.map((c) => ({ id: c.id, number: c.number ?? "" }))) : nothing}
    </details>`;
  }

  private crewsView(media: readonly Medium[], i: Incident): TemplateResult | typeof nothing {
    if (media.length === 0) return nothing;
    return html`<details class="texts links crew-media" open>
      <summary>${t("link.crews")}</summary>
      ${media.map((medium) => this.mediumView(medium, i))}
    </details>`;
  }

  private linkView(link: CallerLink, i: Incident): TemplateResult {
    const state = linkState(link);
    const stops = link.state !== "stopped" && isOpen(i) && may("write");
    const since = link.state === "taken" && link.shared ? link.shared : link.since;
    return html`<section class="link" aria-label=${`${t("link.title")} ${link.id}`}>
      <p>
        <strong class="link-state">${tw("linkState", state)}</strong>
        <time datetime=${since}>${formatClock(new Date(since), language())}</time>
        <span class="hint">${tw("linkScope", link.scope)}</span>
      </p>
      ${
        stops
          ? html`<button type="button" @click=${() => void this.host.stop(link.id)}>
              ${t("link.stop")}
            </button>`
          : nothing
      }
      ${link.media.map((medium) => this.mediumView(medium, i))}
    </section>`;
  }

  private mediumView(medium: Medium, i: Incident): TemplateResult {
    const tag = tagOf(medium) ?? "img";
    const kind = t(`link.${tag}`);
    const clock = formatClock(new Date(medium.taken ?? medium.time), language());
    const whose = medium.unit ? `${medium.unit}, ` : "";
    const name = `${whose}${kind} ${clock}, ${Math.ceil(medium.bytes / 1024)} kB`;
    if (!medium.sha256 || !may("write")) return html`<p class="hint">${name}</p>`;
    const open = this.shown?.id === medium.id ? this.shown : null;
    return html`<button
        type="button"
        class="medium"
        aria-expanded=${open !== null}
        @click=${() => void this.toggle(medium, i)}
      >
        ${name}
      </button>
      ${open ? mediumShown(medium, open.url, name) : nothing}`;
  }

  private async toggle(medium: Medium, i: Incident): Promise<void> {
    const same = this.shown?.id === medium.id;
    this.hide();
    if (!same) {
      try {
        const { blob } = await api.medium(i.id, medium.id);
        this.shown = { incident: i.id, id: medium.id, url: URL.createObjectURL(blob) };
      } catch (error) {
        this.host.failed(error);
      }
    }
    this.host.changed();
  }

  private hide(): void {
    if (this.shown) URL.revokeObjectURL(this.shown.url);
    this.shown = null;
  }

  private form(calls: readonly { id: string; number: string }[]): TemplateResult {
    const to = calls.find((c) => c.id === this.call) ?? calls[calls.length - 1];
    const submit = async (event: Event): Promise<void> => {
      event.preventDefault();
      if (this.sending || !to) return;
      this.sending = true;
      this.host.changed();
      await this.host.send(this.scope, to.id);
      this.sending = false;
      this.host.changed();
    };
    const choose = (event: Event): void => {
      this.scope = (event.target as HTMLSelectElement).value as LinkScope;
    };
    const chooseCall = (event: Event): void => {
      this.call = (event.target as HTMLSelectElement).value;
    };
    return html`<form class="reply" @submit=${submit}>
      ${
        calls.length > 1
          ? html`<div class="field">
              <label for="link-to">${t("texts.to")}</label>
              <select id="link-to" @change=${chooseCall}>
                ${calls.map(
                  (c) =>
                    html`<option value=${c.id} ?selected=${c.id === to?.id}>${c.number}</option>`,
                )}
              </select>
            </div>`
          : nothing
      }
      <div class="field">
        <label for="link-scope">${t("link.scope")}</label>
        <select id="link-scope" @change=${choose}>
          ${SCOPES.map(
            (s) =>
              html`<option value=${s} ?selected=${s === this.scope}>${tw("linkScope", s)}</option>`,
          )}
        </select>
      </div>
      <button type="submit" class="primary" ?disabled=${this.sending}>${t("link.send")}</button>
    </form>`;
  }
}

/** Of crews come pictures and sounds; a sound may be in a box that can hold a video, too. */
function tagOf(medium: Medium): "img" | "video" | "audio" | undefined {
  const tag = SHOWN[medium.type];
  return medium.unit && tag === "video" ? "audio" : tag;
}

function mediumShown(medium: Medium, url: string, name: string): TemplateResult {
  const tag = tagOf(medium);
  const file = `${medium.id}.${medium.type}`;
  return html`<div class="medium-shown">
    ${tag === "img" ? html`<img src=${url} alt=${name} />` : nothing}
    ${tag === "video" ? html`<video src=${url} controls aria-label=${name}></video>` : nothing}
    ${tag === "audio" ? html`<audio src=${url} controls aria-label=${name}></audio>` : nothing}
    <a href=${url} download=${file}>${t("link.save")}</a>
  </div>`;
}
