// Alerts in force: listed with what they warn of and who is inside, drawn, and gone when they end.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { launch, openConsole, violations } from "./browser.mjs";
import { ask, seed, startServer } from "./server.mjs";

const DRAWN_MS = 1500;
const results = path.join(process.cwd(), "test-results");
let server;
let browser;
let middle;

before(async () => {
  mkdirSync(results, { recursive: true });
  server = await startServer();
  if (server.kind !== "real") return;
  middle = await seed(server);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

const cap = (time) => time.toISOString().replace(/\.\d+Z$/, "-00:00");

function alert(identifier, type, references = "") {
  const { lat, lon } = middle;
  const ring = [
    [-0.01, -0.01],
    [-0.01, 0.01],
    [0.02, 0.01],
    [0.02, -0.01],
    [-0.01, -0.01],
  ];
  const polygon = ring.map(([a, o]) => `${(lat + a).toFixed(5)},${(lon + o).toFixed(5)}`).join(" ");
  const info = (language, event) => `<info><language>${language}</language><category>Met</category>
<event>${event}</event><urgency>Immediate</urgency><severity>Severe</severity>
<certainty>Observed</certainty><expires>${cap(new Date(Date.now() + 3_600_000))}</expires>
<area><areaDesc>Town</areaDesc><polygon>${polygon}</polygon></area></info>`;
  return `<?xml version="1.0"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>${identifier}</identifier><sender>met@example.org</sender><sent>${SENT}</sent>
<status>Actual</status><msgType>${type}</msgType><scope>Public</scope>${references}
${info("en", "Flood warning")}${info("pt", "Aviso de cheia")}</alert>`;
}
const SENT = cap(new Date());
/** So often the console asks anyway, less what one question takes. */
const ROUND_MS = 25_000;

const bring = (xml) => ask(server, "POST", "/v1/alerts", xml, "application/cap+xml");

test("an alert is seen, followed to who is inside, and gone when it is cancelled", async (t) => {
  if (server.kind !== "real") return t.skip("this needs the program itself");
  const { incident } = await ask(server, "POST", "/v1/incidents", { place: "Mill", ...middle });
  const { page, errors, foreign, close } = await openConsole(browser, server);
  try {
    await bring(alert("W-1", "Alert"));
    const summary = page.getByText("1 alert in force");
    await summary.click();
    const row = page.locator("[data-alert]");
    await row.getByText("severe · immediate · observed").waitFor();
    await row.getByRole("button", { name: incident.id }).waitFor();
    await row.getByRole("button", { name: "Flood warning" }).click();
    await page.waitForTimeout(DRAWN_MS);
    await page.screenshot({ path: path.join(results, "alert.png") });
    assert.deepEqual(await violations(page), []);
    await row.getByRole("button", { name: incident.id }).click();
    await page.locator("#panel h2", { hasText: incident.id }).waitFor();
    const refers = `<references>met@example.org,W-1,${SENT}</references>`;
    await bring(alert("W-2", "Cancel", refers));
    await row.waitFor({ state: "detached" });
    assert.deepEqual([errors, foreign], [[], []]);
  } finally {
    await close();
  }
});

test("alerts that come together are all seen before the next round of asking", async (t) => {
  if (server.kind !== "real") return t.skip("this needs the program itself");
  const { page, close } = await openConsole(browser, server);
  try {
    const many = [1, 2, 3, 4, 5, 6].map((n) => alert(`M-${n}`, "Alert"));
    for (const one of many) await bring(one);
    await page.getByText("6 alerts in force").waitFor({ timeout: ROUND_MS });
  } finally {
    await close();
  }
});
