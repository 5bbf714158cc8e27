// Every page of the demo organisation, in two widths, light and dark: no console error, no request to another host,
// nothing wider than the window, no serious violation by axe-core. Screenshots go to internal/web/browser/shots.
import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { forms, launch, look, open } from "./chromium.mjs";
import { root, start } from "./demo.mjs";

const slow = 60_000; // for what takes a second on an idle machine
const shots = join(root, "internal", "web", "browser", "shots");
let demo, browser;

before(async () => {
  await rm(shots, { recursive: true, force: true });
  await mkdir(shots, { recursive: true });
  browser = await launch();
  demo = await start();
}, { timeout: 6 * 60_000 });

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** pages follows the links from the first page; of those that differ in their parameters or item alone, two count. */
async function pages() {
  const { page, close } = await open(browser, demo.url, forms[0]);
  const found = ["/"], seen = new Map();
  for (const path of found) {
    await page.goto(demo.url + path);
    for (const href of await page.$$eval("a[href]:not([download])", (all) => all.map((a) => a.href))) {
      const u = new URL(href);
      const to = u.pathname + u.search;
      const kind = u.pathname.replace(/^\/items\/.*/, "/items/ID");
      const n = seen.get(kind) ?? 0;
      if (u.origin !== demo.url || u.pathname.startsWith("/api/") || found.includes(to) || n >= 2) continue;
      seen.set(kind, n + 1);
      found.push(to);
    }
  }
  await close();
  return found;
}

test("statements: edited, completed, run, drawn, exported, refused", { timeout: 2 * slow }, async () => {
  const { page, faults, close } = await open(browser, demo.url, forms[0]);
  try {
    await page.goto(`${demo.url}/sql?question=quadrant_of_projects`);
    const editor = page.locator(".cm-content");
    // Chromium itself styles what is typed over several lines, which the policy forbids, harmlessly; so delete first.
    const empty = async () => {
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Backspace");
    };
    await editor.click();
    await empty();
    await page.keyboard.type("SELECT quadrant, count() AS n FROM work_i");
    await page.locator(".cm-tooltip-autocomplete").getByText("work_items", { exact: true }).first().waitFor();
    await page.keyboard.press("Escape");
    await empty();
    await page.keyboard.insertText("SELECT quadrant, count() AS n FROM work_items GROUP BY quadrant ORDER BY n DESC");
    await page.selectOption("#draw", "bar");
    await page.keyboard.press("Tab");
    await editor.click();
    await page.keyboard.press("Control+Enter");
    await page.waitForURL(/query=SELECT\+quadrant/, { timeout: slow });
    await page.locator("#result-table tbody tr").nth(3).waitFor({ timeout: slow });
    await page.locator("[data-chart][data-ready] svg").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "CSV" }).click();
    assert.equal((await download).suggestedFilename(), "workmix.csv");
    await editor.click();
    await empty();
    await page.keyboard.insertText("DROP TABLE revisions");
    await page.getByRole("button", { name: "Run" }).click();
    await page.getByRole("alert").filter({ hasText: "only reading is allowed" }).waitFor({ timeout: slow });
    // The refusal itself is reported by Chromium as a failed request.
    assert.deepEqual(faults.filter((f) => !f.includes("status of 400")), []);
    await page.goto(`${demo.url}/sql?query=SELECT+1+%2B+{n:UInt8}+AS+sum&param_n=41`);
    await page.getByRole("cell", { name: "42" }).waitFor({ timeout: slow });
  } finally {
    await close();
  }
});

test("overview: charts drawn from their tables, a team chosen, time moved", { timeout: 3 * slow }, async () => {
  const { page, faults, close } = await open(browser, demo.url, forms[0]);
  try {
    await page.goto(demo.url, { timeout: slow });
    for (const kind of ["grid", "path", "stack"]) await page.locator(`[data-chart="${kind}"][data-ready] svg`).waitFor({ timeout: slow });
    await page.locator("#headline-text p.lead").waitFor({ timeout: slow });
    assert.match(await page.locator("#headline-text p.lead").textContent(), /20\d\d-Q\d/);
    const told = await page.evaluate(() => document.querySelector("#path output, output[for=until]").textContent);
    await page.locator("#until").focus();
    await page.keyboard.press("Home");
    await page.waitForURL(/until=\d{4}-\d{2}-\d{2}/);
    assert.ok(await page.locator("output[for=until]").textContent() < told);
    await page.selectOption("#team", "lab");
    await page.waitForURL(/team=lab/, { timeout: slow });
    await page.locator("#team_positions-table td", { hasText: "lab" }).first().waitFor({ state: "attached", timeout: slow });
    assert.equal(await page.locator("#team_positions-table td", { hasText: "compute" }).count(), 0);
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test("charts tell by pointer and by keys what their tables hold", { timeout: 4 * slow }, async () => {
  const { page, faults, close } = await open(browser, demo.url, forms[0]);
  try {
    await page.goto(demo.url, { timeout: slow });
    for (const kind of ["grid", "path", "stack"]) await page.locator(`[data-chart="${kind}"][data-ready] svg`).waitFor({ timeout: slow });
    // A frozen plan is marked by the name of its quarter.
    await page.locator('[data-chart="stack"] svg text', { hasText: /^20\d\d-Q\d$/ }).first().waitFor({ state: "attached" });
    const grid = page.locator('[data-chart="grid"]');
    const told = grid.locator("+ .told");
    const names = await page.locator("#investment_grid-table td:nth-child(2)").allTextContents();
    // Tab reaches the chart, which tells its first dot; the arrows go on.
    await page.locator("#unit").focus();
    for (let i = 0; i < 9 && !(await grid.evaluate((e) => e === document.activeElement)); i++) await page.keyboard.press("Tab");
    await page.waitForFunction((e) => /forced \d/.test(e.textContent), await told.elementHandle());
    const first = await told.textContent();
    assert.ok(names.some((n) => first.includes(n)), first);
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(([e, first]) => /forced \d/.test(e.textContent) && e.textContent !== first, [await told.elementHandle(), first]);
    await page.keyboard.press("Tab");
    await page.waitForFunction((e) => e.textContent === "", await told.elementHandle());
    // The pointer over the largest dot.
    const [x, y] = await grid.evaluate((e) => {
      const size = (p) => p.getBoundingClientRect().width;
      const dots = [...e.querySelectorAll("svg path[fill-opacity], svg path[opacity]")].filter((p) => size(p) > 10 && size(p) < 60);
      const r = dots.reduce((a, b) => (size(b) > size(a) ? b : a)).getBoundingClientRect();
      return [r.x + r.width / 2, r.y + r.height / 2];
    });
    await page.mouse.move(x - 3, y);
    await page.mouse.move(x, y);
    await grid.locator("svg text", { hasText: /items have a verdict/ }).first().waitFor({ state: "attached" });
    // A quarter of which nothing is known but its plan has nothing to draw, and says so.
    await page.goto(`${demo.url}/allocation?quarter=2027-01-01`, { timeout: slow });
    await page.getByText("There is nothing to draw yet").first().waitFor();
    await page.goto(`${demo.url}/allocation`, { timeout: slow });
    await page.locator('[data-chart="bullet"][data-ready] svg').waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test("overview: little is transferred, and nothing twice", { timeout: 3 * slow }, async (t) => {
  const { page, close } = await open(browser, demo.url, forms[0]);
  try {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Network.enable");
    let transferred = 0;
    devtools.on("Network.loadingFinished", (e) => (transferred += e.encodedDataLength));
    await page.goto(demo.url, { timeout: slow });
    for (const kind of ["grid", "path", "stack"]) await page.locator(`[data-chart="${kind}"][data-ready] svg`).waitFor({ timeout: slow });
    await page.locator("#headline-text p.lead").waitFor({ timeout: slow });
    const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
    t.diagnostic(`the overview: ${Math.round(transferred / 1024)} KB compressed, first contentful paint after ${Math.round(paint)} ms`);
    assert.ok(transferred > 50 * 1024 && transferred <= 450 * 1024, `${transferred} bytes`);
    const first = transferred;
    await page.goto(demo.url, { timeout: slow });
    await page.locator("#headline-text p.lead").waitFor({ timeout: slow });
    assert.ok(transferred - first < first / 3, `${transferred - first} bytes the second time`);
  } finally {
    await close();
  }
});

test("a page without its slow answers completes itself, but not over what somebody typed", { timeout: 3 * slow }, async () => {
  const { page, faults, close } = await open(browser, demo.url, forms[0]);
  try {
    // The demo's answers are quick: the page is made one that lacks some, as the server's tests see it.
    await page.route(`${demo.url}/items`, async (route) => {
      if (route.request().resourceType() !== "document") return route.continue();
      const answer = await route.fetch();
      const body = (await answer.text()).replace(/<div id="answer">[^]*?<table>[^]*?<\/table>/, '<p class="note" id="late" role="status" hx-get="/items" hx-trigger="load delay:1s" hx-select="#main" hx-target="#main" hx-swap="outerHTML">Some answers are still being worked out …</p><div id="answer"><div><p>Being looked up …</p>');
      await route.fulfill({ response: answer, body });
    });
    await page.goto(`${demo.url}/items`, { timeout: slow }); // waits until nothing is missing
    await page.locator("#answer tbody tr").nth(5).waitFor({ timeout: slow });
    await page.evaluate(() => location.reload());
    await page.locator("#late").waitFor();
    await page.locator("#f-text").fill("typed");
    await page.locator("#late a").waitFor({ timeout: slow });
    assert.equal(await page.locator("#f-text").inputValue(), "typed");
    assert.equal(await page.locator("#answer tbody tr").count(), 0);
    await page.unroute(`${demo.url}/items`);
    await page.locator("#late a").click();
    await page.locator("#answer tbody tr").nth(5).waitFor({ timeout: slow });
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test("items: filtered, paged, one opened, by keyboard", { timeout: 3 * slow }, async () => {
  const { page, faults, close } = await open(browser, demo.url, forms[0]);
  try {
    await page.goto(`${demo.url}/items`, { timeout: slow });
    await page.selectOption("#f-quadrant", "forced_long");
    await page.locator("#f-text").focus();
    await page.keyboard.type("a");
    await page.keyboard.press("Enter");
    await page.waitForURL(/text=a&.*quadrant=forced_long/, { timeout: slow });
    await page.locator("tbody tr").first().waitFor();
    const quadrants = await page.locator("tbody .tag").allTextContents();
    assert.ok(quadrants.length > 0 && quadrants.every((q) => q === "forced long"), String(quadrants));
    await page.goto(`${demo.url}/items?sort=key`, { timeout: slow });
    const first = await page.locator("tbody tr a").first().textContent();
    await page.getByRole("link", { name: "Next" }).click();
    await page.waitForURL(/page=2/, { timeout: slow });
    assert.notEqual(await page.locator("tbody tr a").first().textContent(), first);
    await page.goBack({ timeout: slow });
    await page.locator("tbody tr a", { hasText: first }).first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "History" }).waitFor({ timeout: slow });
    await page.locator("ol.timeline li").first().waitFor({ timeout: slow }); // it may come after the page
    await page.getByRole("heading", { name: "Speaks for it" }).waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test("an item is placed by hand, and the mix follows", { timeout: 4 * slow }, async () => {
  const { page, faults, close } = await open(browser, demo.url, forms[0]);
  const ask = async (query) => {
    const answer = await page.request.post(`${demo.url}/api/v1/sql`, { data: { query } });
    assert.equal(answer.status(), 200, await answer.text());
    return (await answer.json()).rows;
  };
  const mix = () => ask("SELECT countIf(quadrant = 'forced_long') AS n FROM work_items");
  try {
    const [{ n: before }] = await mix();
    const [{ item_id: item }] = await ask("SELECT item_id FROM work_items WHERE quadrant = 'discretionary_short' AND class_source = 'rules' ORDER BY item_id LIMIT 1");
    await page.goto(`${demo.url}/items/${item}`, { timeout: slow });
    await page.selectOption("#drive", "forced");
    await page.selectOption("#horizon", "long");
    await page.locator("#why").fill("the auditors <b>asked</b>");
    await page.keyboard.press("Enter");
    await page.getByRole("status").filter({ hasText: "Your word is kept" }).waitFor({ timeout: slow });
    for (let tries = 0; (await mix())[0].n <= before; tries++) {
      assert.ok(tries < 60, "the mix did not follow within a minute");
      await new Promise((done) => setTimeout(done, 1000));
    }
    for (let tries = 0; ; tries++) { // what the page answers is up to ten seconds old
      await page.goto(`${demo.url}/items/${item}?again`, { timeout: slow });
      await page.getByText("the auditors <b>asked</b>").waitFor({ timeout: slow });
      if (await page.locator(".tag", { hasText: "forced long" }).count() > 0) break;
      assert.ok(tries < 60, "the page did not follow within a minute");
      await new Promise((done) => setTimeout(done, 1000));
    }
    await page.locator("#why-not").fill("they did not");
    await page.keyboard.press("Enter");
    await page.getByRole("status").filter({ hasText: "Your word is kept" }).waitFor({ timeout: slow });
    for (let tries = 0; (await mix())[0].n > before; tries++) {
      assert.ok(tries < 60, "the mix did not go back within a minute");
      await new Promise((done) => setTimeout(done, 1000));
    }
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test("a rule is edited, and its verdict seen", { timeout: 3 * slow }, async () => {
  const { page, faults, close } = await open(browser, demo.url, forms[0]);
  try {
    await page.goto(`${demo.url}/rules`, { timeout: slow });
    await page.getByRole("link", { name: "crash", exact: true }).click();
    await page.waitForURL(/rule=crash/, { timeout: slow });
    const rules = page.locator("#rules");
    assert.match(await rules.inputValue(), /^rules:\n {2}- name: crash\n/);
    await rules.fill("rules:\n  - {name: crash, off: true}\n");
    await page.locator("#item").fill('{"title": "The scheduler crashes at night"}');
    await page.getByRole("button", { name: "Judge" }).click();
    await page.locator("#trial strong", { hasText: "silent" }).first().waitFor({ timeout: slow });
    assert.equal(await page.locator("#trial tbody tr .tag").first().textContent(), "forced short");
    await rules.fill("rules:\n  - {name: crash, when: 'titeld(\"x\")', because: y}\n");
    await page.getByRole("button", { name: "Judge" }).click();
    await page.locator("#trial [role=alert]", { hasText: "change.yaml:2:" }).waitFor({ timeout: slow });
    assert.deepEqual(faults.filter((f) => !f.includes("status of 400")), []);
  } finally {
    await close();
  }
});

test("a plan is made by a form, looked at, and published", { timeout: 6 * slow }, async () => {
  const { page, faults, close } = await open(browser, demo.url, forms[0]);
  try {
    await page.goto(`${demo.url}/plan`, { timeout: slow });
    const form = page.locator("section", { has: page.locator("#plan-form") });
    await form.locator("#plan-team").selectOption("lab");
    await form.locator("#plan-quarter").fill("2027-Q2");
    await form.locator("#user_asks").fill("10");
    await form.locator("#platform_quality").fill("20");
    await form.locator("#key_initiatives").fill("60");
    await form.getByRole("button").click();
    await page.getByRole("alert").filter({ hasText: "the shares sum to 0.9, not to 1" }).waitFor({ timeout: slow });
    const text = page.locator("#text");
    await text.fill((await text.inputValue()).replace("0.6", "0.7"));
    await page.locator("#trial").getByRole("button", { name: "See what it changes" }).click();
    await page.locator("#trial li", { hasText: "add plan lab/2027-Q2" }).waitFor({ timeout: slow });
    await page.locator("#reason").fill("the <b>lab</b> plans, too");
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByRole("status").filter({ hasText: "1 decisions are published" }).waitFor({ timeout: slow });
    for (let tries = 0; (await page.getByText("the <b>lab</b> plans, too").count()) === 0; tries++) {
      assert.ok(tries < 60, "the plan did not come within a minute");
      await new Promise((done) => setTimeout(done, 1000));
      await page.goto(`${demo.url}/plan?team=lab`, { timeout: slow });
    }
    assert.deepEqual(faults.filter((f) => !f.includes("status of 400")), []);
  } finally {
    await close();
  }
});

test("a retrospective is read, an action agreed on, and the report published", { timeout: 8 * slow }, async () => {
  const { page, faults, close } = await open(browser, demo.url, forms[0]);
  try {
    await page.goto(`${demo.url}/retrospective?team=compute`, { timeout: slow });
    const report = page.frameLocator("iframe.document");
    await report.locator("h1").waitFor({ timeout: 2 * slow });
    await page.locator("#coming").waitFor({ state: "hidden", timeout: slow });
    assert.ok((await page.locator("iframe.document").boundingBox()).height > 1500, "the frame is not as high as the report");
    const [file] = await Promise.all([page.waitForEvent("download", { timeout: 2 * slow }), page.getByRole("link", { name: "As Markdown" }).click()]);
    assert.match(file.suggestedFilename(), /^retrospective-2026-Q\d-compute\.md$/);
    await page.locator("#text").fill("Hosts look <b>after</b> themselves");
    await page.locator("#owner").fill("compute");
    await page.locator("#due").fill("2027-Q1");
    await page.getByRole("button", { name: "Keep it" }).click();
    await page.getByRole("status").filter({ hasText: "It is kept" }).waitFor({ timeout: slow });
    await page.frameLocator("iframe.document").getByText("Hosts look <b>after</b> themselves").first().waitFor({ timeout: 2 * slow });
    await page.screenshot({ path: join(shots, "retrospective-compute.png"), fullPage: true });
    await page.locator("#why").fill("agreed on");
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByRole("status").filter({ hasText: "It is stored" }).waitFor({ timeout: 2 * slow });
    await page.getByRole("link", { name: /compute, publication 1/ }).click();
    await page.getByText("This is publication 1").waitFor({ timeout: slow });
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test("every page, in every form", { timeout: 20 * 60_000 }, async (t) => {
  const all = await pages();
  assert.ok(all.length >= 10, `only ${all.length} pages: ${all}`);
  for (const path of all.filter((p) => p.includes(process.env.WORKMIX_TEST_ONLY ?? ""))) {
    await t.test(path, { timeout: 3 * slow }, async () => {
      // One load in all forms: windows are resized and colours change while a page is open, too.
      const { page, faults, close } = await open(browser, demo.url, forms[0]);
      try {
        const answer = await page.goto(demo.url + path, { waitUntil: "networkidle" });
        assert.equal(answer.status(), 200);
        const name = path.replaceAll(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "") || "start";
        for (const form of forms) {
          await page.setViewportSize({ width: form.width, height: form.height });
          await page.emulateMedia({ colorScheme: form.colors, reducedMotion: "reduce" });
          faults.push(...(await look(page)).map((f) => `${form.width} ${form.colors}: ${f}`));
          await page.screenshot({ path: join(shots, `${name.slice(0, 80)}.${form.width}.${form.colors}.png`) });
        }
        assert.deepEqual(faults, []);
      } finally {
        await close();
      }
    });
  }
});
