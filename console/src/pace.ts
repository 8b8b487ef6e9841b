// When the map may draw. On a machine that draws it in software a picture of the map takes a tenth
// of a second and more, and everything else on the page waits behind it: so a key goes first, one
// picture of the map is finished before the next is begun, and a slow map leaves most of the time
// to the lists.

/** A picture that takes longer is a slow one. */
const SLOW_MS = 25;
/** So many times what a slow picture took passes before the next one. */
const REST = 3;
const REST_MOST_MS = 1500;
/** After a key its own picture comes first; but the map is not forgotten while one types. */
const QUIET_MS = 300;
const QUIET_MOST_MS = 1500;

export class Pace {
  private cost = 0;
  private done = -Infinity;
  private key = -Infinity;
  /** Since when the map has been waiting for keys to stop. */
  private held: number | null = null;

  /** A picture has been drawn; it took so long. */
  drawn(now: number, cost: number): void {
    this.done = now;
    this.cost = cost;
    this.held = null;
  }

  pressed(now: number): void {
    this.key = now;
  }

  /** Whether this machine is too slow for a map that glides. */
  get isSlow(): boolean {
    return this.cost > SLOW_MS;
  }

  /** Milliseconds until the next picture; `byHand`: somebody moves the map and wants to see it. */
  wait(now: number, byHand: boolean): number {
    if (!this.isSlow) return 0;
    const rest = Math.min(REST_MOST_MS, this.cost * (byHand ? 0 : REST));
    const rested = this.done + rest - now;
    const quiet = this.key + QUIET_MS - now;
    if (quiet <= 0) return Math.max(0, rested);
    this.held ??= now;
    return Math.max(0, rested, Math.min(quiet, this.held + QUIET_MOST_MS - now));
  }
}
