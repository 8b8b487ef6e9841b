// What a map needs before it is opened, on the desk and on the crew page: whether this browser
// draws it, and the engine's own style, which nothing else needs.

declare const MAP_STYLE_URL: string;

export function hasWebgl2(): boolean {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

/** Once; after a failure it is asked for anew. */
export function styleComes(): Promise<unknown> {
  if (document.querySelector(`link[href="${MAP_STYLE_URL}"]`)) return Promise.resolve();
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = MAP_STYLE_URL;
  const came = new Promise((done, fail) => {
    link.addEventListener("load", done);
    link.addEventListener("error", () => {
      link.remove();
      fail(new Error(MAP_STYLE_URL));
    });
  });
  document.head.append(link);
  return came;
}

/** West, south, east, north. */
export type Box = [number, number, number, number];

/** The box about these points, [lon, lat] each; null of none. */
export function boxOf(points: readonly (readonly number[])[]): Box | null {
  if (points.length === 0) return null;
  const lon = points.map((p) => p[0] ?? 0);
  const lat = points.map((p) => p[1] ?? 0);
  return [Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)];
}
