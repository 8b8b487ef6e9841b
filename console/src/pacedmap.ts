// The map engine, drawing when its pace lets it.
import { Map as Engine } from "./engine";
import { Pace } from "./pace";

const LOOK_MS = 4;

export class PacedMap extends Engine {
  // The engine asks for a first picture while it is being made, before these are.
  private readonly pace: Pace | undefined = new Pace();
  private later: number | undefined;
  private drawing: WebGLSync | null = null;
  private begun = 0;

  /** Keys pressed anywhere on the page but on the map itself go before it. */
  giveWay(page: Window): void {
    page.addEventListener(
      "keydown",
      (event) => event.target !== this.getCanvas() && this.pace?.pressed(performance.now()),
      true,
    );
    this.on("render", () => this.watch());
  }

  get isSlow(): boolean {
    return this.pace?.isSlow ?? false;
  }

  override triggerRepaint(): void {
    const wait = this.pace ? this.pace.wait(performance.now(), this.isMoving()) : 0;
    if (wait <= 0 && !this.drawing) super.triggerRepaint();
    else this.later ??= window.setTimeout(() => this.again(), Math.max(LOOK_MS, wait));
  }

  private again(): void {
    this.later = undefined;
    this.triggerRepaint();
  }

  private gl(): WebGL2RenderingContext | null {
    return this.getCanvas().getContext("webgl2");
  }

  private watch(): void {
    const gl = this.gl();
    if (!gl || this.drawing) return;
    this.begun = performance.now();
    this.drawing = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    this.look();
  }

  /** Asks, without waiting for it, whether the picture is there. */
  private look(): void {
    const gl = this.gl();
    if (!gl || !this.drawing) return;
    const open = gl.getSyncParameter(this.drawing, gl.SYNC_STATUS) === gl.UNSIGNALED;
    if (open && !gl.isContextLost()) {
      window.setTimeout(() => this.look(), LOOK_MS);
      return;
    }
    gl.deleteSync(this.drawing);
    this.drawing = null;
    const now = performance.now();
    this.pace?.drawn(now, now - this.begun);
  }
}
