// Between centres: an offer is seen, taken over or refused, and made, from the panel.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { TEST_MS, launch, openConsole, violations } from "./browser.mjs";
import { addAccount, ask, setUpAdmin, startServer } from "./server.mjs";

const results = path.join(process.cwd(), "test-results");
const heard = [];
let server;
let browser;
let peer;
let folder;
let south;

before(async () => {
  peer = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      heard.push({ url: request.url, eido: JSON.parse(body) });
      response.writeHead(200).end("{}");
    });
  });
  await new Promise((done) => peer.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${peer.address().port}`;
  folder = mkdtempSync(path.join(tmpdir(), "amparo-partners-"));
  const file = path.join(folder, "partners");
  const lines = ["centre = north.example.org", "url = http://127.0.0.1:1", "partner = south"];
  lines.push("label = South Centre", `url = ${url}`, "token = t");
  writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  server = await startServer({ bare: true, more: ["--partners", file] });
  if (server.kind !== "real") return;
  const admin = await setUpAdmin(server);
  const desk = await addAccount(server, admin, { account: "desk", role: "supervisor" });
  south = await addAccount(server, admin, { account: "south", role: "partner" });
  server.cookie = desk.cookie;
  browser = await launch({ webgl: false });
});

after(async () => {
  await browser?.close();
  await server?.close();
  peer?.closeAllConnections();
  peer?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An incident of the partner's arrives. */
async function arrive(number) {
  const { incident } = await ask(server, "POST", "/v1/incidents", { place: "Mill" });
  const eido = await ask(server, "GET", `/v1/incidents/${incident.id}/eido`);
  await ask(server, "POST", `/v1/incidents/${incident.id}/close`, {});
  eido.$id = `urn:emergency:uid:incidentid:${number}:south.example.org`;
  return (await ask({ ...server, cookie: south.cookie }, "POST", "/v1/eido", eido)).incident;
}

function withConsole(name, run) {
  test(name, { timeout: TEST_MS }, async (t) => {
    if (server.kind !== "real") return t.skip("this needs the program itself");
    const console_ = await openConsole(browser, server);
    try {
      await run(console_.page);
      assert.deepEqual(console_.errors, []);
    } catch (error) {
      await console_.page.screenshot({ path: path.join(results, `${name.replace(/\W+/g, "-")}.png`) });
      throw error;
    } finally {
      await console_.close();
    }
  });
}

const link = async (id) => (await ask(server, "GET", `/v1/incidents/${id}`)).incident.exchange[0];

withConsole("an offer of a partner is taken over with a button", async (page) => {
  const id = await arrive(1);
  await page.locator(`[data-id="${id}"]`).first().click();
  await page.getByText("South Centre hands this over to you").waitFor();
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: path.join(results, "exchange-offer.png") });
  await page.getByRole("button", { name: "Take it over" }).click();
  await page.getByText("Taken over from South Centre").waitFor();
  assert.equal((await link(id)).transfer, "accepted");
});

withConsole("an offer is refused with a reason", async (page) => {
  const id = await arrive(2);
  await page.locator(`[data-id="${id}"]`).first().click();
  await page.getByRole("button", { name: "Refuse" }).click();
  await page.locator("#act-text").fill("out of our district");
  await page.keyboard.press("Enter");
  await page.getByText("Not taken from South Centre").waitFor();
  assert.equal((await link(id)).transfer, "refused");
});

withConsole("an incident is handed over from the panel", async (page) => {
  const { incident } = await ask(server, "POST", "/v1/incidents", { place: "Harbour" });
  await page.locator(`[data-id="${incident.id}"]`).first().click();
  await page.getByRole("button", { name: "Hand over" }).click();
  await page.locator("#act-text").fill("nearer to you");
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Enter");
  await page.getByText("South Centre took it over").waitFor();
  const name = `:I${incident.id.slice(2).padStart(10, "0")}:north`;
  const told = heard.find((one) => one.eido.$id.includes(name));
  assert.ok(told.url.startsWith("/v1/eido?transfer=offered"));
  assert.equal(told.eido.notesComponent[0].notesActionComments, "nearer to you");
});
