// The first script of the page: asks for the texts of the desk's language while the rest, which the
// page asks for at the same time, is still on its way.
import { startSettings } from "./settings";

startSettings().catch(() => undefined); // app.ts waits for it, and tells
await import("./app");
