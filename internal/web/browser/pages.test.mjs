// Every page of the demo organisation, in two widths, light and dark: no console error, no request to another host,
// nothing wider than the window, no serious violation by axe-core. Screenshots go to internal/web/browser/shots.
import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { forms, launch, look, open } from "./chromium.mjs";
import { root, start } from "./demo.mjs";

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

/** pages follows the links from the first page; of those that differ in their parameters alone, two count. */
async function pages() {
  const { page, close } = await open(browser, demo.url, forms[0]);
  const found = ["/"], seen = new Map();
  for (const path of found) {
    await page.goto(demo.url + path);
    for (const href of await page.$$eval("a[href]:not([download])", (all) => all.map((a) => a.href))) {
      const u = new URL(href);
      const to = u.pathname + u.search;
      const n = seen.get(u.pathname) ?? 0;
      if (u.origin !== demo.url || u.pathname.startsWith("/api/") || found.includes(to) || n >= 2) continue;
      seen.set(u.pathname, n + 1);
      found.push(to);
    }
  }
  await close();
  return found;
}

test("every page, in every form", { timeout: 10 * 60_000 }, async (t) => {
  const all = await pages();
  assert.ok(all.length >= 10, `only ${all.length} pages: ${all}`);
  for (const path of all.filter((p) => p.includes(process.env.WORKMIX_TEST_ONLY ?? ""))) {
    for (const form of forms) {
      await t.test(`${path} ${form.width} ${form.colors}`, { timeout: 60_000 }, async () => {
        const { page, faults, close } = await open(browser, demo.url, form);
        try {
          const answer = await page.goto(demo.url + path, { waitUntil: "networkidle" });
          assert.equal(answer.status(), 200);
          faults.push(...await look(page));
          const name = path.replaceAll(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "") || "start";
          await page.screenshot({ path: join(shots, `${name.slice(0, 80)}.${form.width}.${form.colors}.png`) });
          assert.deepEqual(faults, []);
        } finally {
          await close();
        }
      });
    }
  }
});
