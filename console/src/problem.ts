// An answer that is not a yes.

/** What the server said, or that it was not reached (status 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    /** How long the server asks to wait, when it does. */
    readonly wait_s = 0,
  ) {
    super(detail);
    this.name = "Problem";
  }
}
