// Sharing the position of the phone: only while a person switched it on, only for the crew of the
// account that did, and never longer than the duty or the session.

export type SharingState = "off" | "ended" | "waiting" | "on" | "unsent" | "denied";

export interface Fix {
  lat: number;
  lon: number;
  accuracy_m?: number;
  heading_deg?: number;
  speed_kmh?: number;
}

export interface SharingOptions {
  /** Null where the browser has none, or the page came without TLS. */
  geolocation: Pick<Geolocation, "watchPosition" | "clearWatch"> | null;
  now: () => number;
  /** Tells the server; false if it could not be told. */
  post: (fix: Fix) => Promise<boolean>;
  changed: () => void;
}

/** Not more often than this. */
export const POST_EVERY_MS = 10_000;
const FIX_LIMIT_MS = 60_000;
const FIX_AGE_MS = 5000;
const DENIED = 1;
const KMH = 3.6;

/** The phone is asked once; null where it does not say. */
export function findPlace(
  geolocation: Pick<Geolocation, "getCurrentPosition"> | null,
): Promise<Fix | null> {
  return new Promise((found) => {
    if (!geolocation) return found(null);
    geolocation.getCurrentPosition(
      (position) => found(fixOf(position)),
      () => found(null),
      { enableHighAccuracy: true, maximumAge: FIX_AGE_MS, timeout: FIX_LIMIT_MS },
    );
  });
}

function fixOf({ coords }: GeolocationPosition): Fix {
  const { latitude, longitude, accuracy, heading, speed } = coords;
  const isKnown = (n: number | null): n is number => n !== null && !Number.isNaN(n);
  return {
    lat: latitude,
    lon: longitude,
    accuracy_m: Math.round(accuracy),
    ...(isKnown(heading) ? { heading_deg: Math.round(heading) % 360 } : {}),
    ...(isKnown(speed) ? { speed_kmh: Math.round(speed * KMH) } : {}),
  };
}

export class Sharing {
  private watch: number | null = null;
  private postedAt = -Infinity;
  private isPosting = false;
  state: SharingState = "off";
  /** Here, while sharing. */
  fix: Fix | null = null;
  /** When the server was last told, by the clock of `now`. */
  told: number | null = null;

  constructor(private readonly options: SharingOptions) {}

  get isOn(): boolean {
    return this.watch !== null;
  }

  start(): void {
    if (this.isOn) return;
    if (!this.options.geolocation) return this.enter("denied");
    this.told = null;
    this.postedAt = -Infinity;
    this.watch = this.options.geolocation.watchPosition(
      (position) => this.take(position),
      (error) => {
        if (error.code === DENIED) this.stop("denied");
      },
      { enableHighAccuracy: true, maximumAge: FIX_AGE_MS, timeout: FIX_LIMIT_MS },
    );
    this.enter("waiting");
  }

  stop(state: "off" | "ended" | "denied" = "off"): void {
    if (this.watch !== null) this.options.geolocation?.clearWatch(this.watch);
    const was = this.watch !== null;
    this.watch = null;
    this.fix = null;
    if (was || state !== "ended") this.enter(state);
  }

  private enter(state: SharingState): void {
    this.state = state;
    this.options.changed();
  }

  private take(position: GeolocationPosition): void {
    if (!this.isOn) return;
    this.fix = fixOf(position);
    const now = this.options.now();
    if (this.isPosting || now - this.postedAt < POST_EVERY_MS) return;
    this.postedAt = now;
    void this.tell(this.fix);
  }

  private async tell(fix: Fix): Promise<void> {
    this.isPosting = true;
    const { watch } = this;
    const heard = await this.options.post(fix).catch(() => false);
    this.isPosting = false;
    if (watch === null || this.watch !== watch) return;
    if (heard) this.told = this.options.now();
    this.enter(heard ? "on" : "unsent");
  }
}
