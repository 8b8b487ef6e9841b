// Cues: what nobody may miss is heard and seen alike. Six sounds that differ in pitch, number and
// length, made here and not loaded; silent until somebody has touched this page, each can be muted.
// Of several windows one sounds. What is seen stands for ten seconds, muted or not.
import { el } from "./dom";
import { type CueName, prefs } from "./prefs";
import { t } from "./strings";
import type { Change } from "./types";

const SEEN_MS = 10_000;
const APART_MS = 1500;
const SEEN_MAX = 3;
const LOUDNESS = 0.18;
/** The machine's sound takes a tenth of a second to open; what the key does goes first. */
const WAKE_MS = 300;

/** A tone: when it starts, how long, how high (gliding from pitch to pitch), and its colour. */
interface Tone {
  at_s: number;
  for_s: number;
  from_hz: number;
  to_hz: number;
  wave: OscillatorType;
}

const tone = (
  at_s: number,
  for_s: number,
  from_hz: number,
  wave: OscillatorType,
  to_hz = from_hz,
): Tone => ({ at_s, for_s, from_hz, to_hz, wave });

/** Two rising notes; three hard pulses; one soft low note; three light taps; a long fall; high,
 * low, high. */
export const sounds: Readonly<Record<CueName, readonly Tone[]>> = {
  call: [tone(0, 0.14, 660, "sine"), tone(0.17, 0.22, 880, "sine")],
  alarm: [0, 0.2, 0.4].map((at) => tone(at, 0.12, 1175, "square")),
  arrived: [tone(0, 0.3, 392, "triangle")],
  text: [0, 0.12, 0.24].map((at) => tone(at, 0.06, 988, "sine")),
  lost: [tone(0, 0.7, 523, "sawtooth", 196)],
  aid: [tone(0, 0.14, 880, "sine"), tone(0.17, 0.14, 660, "sine"), tone(0.34, 0.2, 880, "sine")],
};

const signs: Readonly<Record<CueName, string>> = {
  call: "●",
  alarm: "▲",
  arrived: "■",
  text: "✉",
  lost: "✕",
  aid: "⇄",
};

/** A request is for the desk of who is asked, an answer for the desk of who asked. */
function isForUs({ kind, aid }: Change, agency: string | null): boolean {
  const desk = kind === "aid-requested" ? aid?.agency : aid?.asker;
  const told = kind === "aid-requested" || kind === "aid-agreed" || kind === "aid-refused";
  return told && (agency === null || desk === agency);
}

/** What a piece of news is to be heard as; nothing for what this desk did itself. */
export function cueOf(change: Change, me: string, agency: string | null = null): CueName | null {
  if (change.kind === "alarm-raised") return "alarm";
  if (change.kind === "message-received") return "text";
  if (change.actor === me) return null;
  if (change.kind === "call-received" || change.kind === "incident-opened") return "call";
  if (isForUs(change, agency)) return "aid";
  const arrived = change.kind === "unit-status" && change.unit?.status === "on-scene";
  return arrived ? "arrived" : null;
}

export class Cues {
  readonly element = el("div", { class: "cues", role: "status" });
  private context: AudioContext | null = null;
  private isMine = !("locks" in navigator);
  private readonly last = new Map<CueName, number>();

  constructor(private readonly open: (incident: string) => void) {
    for (const gesture of ["keydown", "pointerdown"]) {
      const wake = () => setTimeout(() => this.wake(), WAKE_MS);
      addEventListener(gesture, wake, { once: true, capture: true });
    }
  }

  /** A browser lets a page sound only after it was touched; one window at a time does. */
  private wake(): void {
    if (this.context || typeof AudioContext === "undefined") return;
    this.context = new AudioContext();
    void navigator.locks?.request("amparo.sound", () => {
      this.isMine = true;
      return new Promise<void>(() => undefined); // until this window is closed
    });
  }

  /** Shows it, and sounds unless it is muted; the same again within a breath is one. */
  give(cue: CueName, words: string, incident: string | null): void {
    const now = performance.now();
    const soon = (name: CueName) => now - (this.last.get(name) ?? -Infinity) < APART_MS;
    if (soon(cue) || (cue === "text" && soon("call"))) return; // a text that is a call rings as one
    this.last.set(cue, now);
    this.show(cue, words, incident);
    if (!prefs().muted.includes(cue) && this.isMine) this.play(cue);
  }

  /** Heard whether it is muted or not: somebody tries it. */
  play(cue: CueName): void {
    const { context } = this;
    if (!context) return;
    void context.resume();
    for (const { at_s, for_s, from_hz, to_hz, wave } of sounds[cue]) {
      const start = context.currentTime + at_s;
      const voice = context.createOscillator();
      const gain = context.createGain();
      voice.type = wave;
      voice.frequency.setValueAtTime(from_hz, start);
      voice.frequency.linearRampToValueAtTime(to_hz, start + for_s);
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.01);
      gain.gain.setValueAtTime(LOUDNESS, start + for_s - 0.03);
      gain.gain.linearRampToValueAtTime(0, start + for_s);
      voice.connect(gain).connect(context.destination);
      voice.start(start);
      voice.stop(start + for_s);
    }
    document.documentElement.dataset["sounded"] = cue;
  }

  private show(cue: CueName, words: string, incident: string | null): void {
    const sign = el("span", { class: "cue-sign", "aria-hidden": "true" }, signs[cue]);
    const text = `${t(`cue.${cue}`)}${words === "" ? "" : `: ${words}`}`;
    const shown = incident
      ? el("button", { type: "button", class: "link" }, text)
      : el("span", {}, text);
    if (incident) shown.addEventListener("click", () => this.open(incident));
    const row = el("div", { class: `cue cue-${cue}`, "data-cue": cue }, sign, shown);
    this.element.append(row);
    while (this.element.childElementCount > SEEN_MAX) this.element.firstElementChild?.remove();
    setTimeout(() => row.remove(), SEEN_MS);
  }
}
