// Chromium as the tests use it: a look at one page in one form (width, light or dark) that gathers what is wrong.
import { accessSync, constants } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

export const forms = [
  { width: 1280, height: 800, colors: "light" },
  { width: 1280, height: 800, colors: "dark" },
  { width: 390, height: 844, colors: "light" },
  { width: 390, height: 844, colors: "dark" },
];

function find() {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const tried = process.env.CHROMIUM
    ? [process.env.CHROMIUM]
    : names.flatMap((n) => process.env.PATH.split(delimiter).map((d) => join(d, n)));
  for (const file of tried) {
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch { /* the next */ }
  }
  throw new Error("there is no Chromium: install it (Debian: apt-get install chromium) or name it in CHROMIUM");
}

export function launch() {
  return chromium.launch({
    executablePath: find(),
    chromiumSandbox: process.getuid?.() !== 0, // it does not start as root
    // Nothing else resolves: a request to another host fails as well as being counted.
    args: ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-background-networking"],
  });
}

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** open returns a page of one form and the list of what went wrong on it so far. */
export async function open(browser, origin, form) {
  const context = await browser.newContext({
    viewport: { width: form.width, height: form.height },
    colorScheme: form.colors,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(90_000); // seconds on an idle machine
  // A page is there when what was left out of it at first has come, too.
  const go = page.goto.bind(page);
  page.goto = async (...args) => {
    const answer = await go(...args);
    await page.locator("#late").waitFor({ state: "detached" });
    return answer;
  };
  const faults = [];
  page.on("console", (m) => m.type() === "error" && faults.push(`console: ${m.text()} (${m.location().url})`));
  page.on("pageerror", (e) => faults.push(`script: ${e.message}`));
  context.on("request", (r) => {
    if (!r.url().startsWith("data:") && new URL(r.url()).origin !== origin) faults.push(`request to another host: ${r.url()}`);
  });
  return { page, faults, close: () => context.close() };
}

/** look returns what is wrong with the page as it now stands: too wide, or serious to axe-core. */
export async function look(page) {
  const faults = [];
  const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
  if (wide > 0) faults.push(`${wide} pixels wider than the window`);
  if (!await page.evaluate(() => "axe" in window)) await page.evaluate(axe);
  // A table's rows are alike; some hundred of them would take axe a minute.
  const found = await page.evaluate(() => window.axe.run({ include: document, exclude: ["tbody tr:nth-child(n+40)"] }, { resultTypes: ["violations"] }));
  for (const v of found.violations) {
    if (v.impact === "serious" || v.impact === "critical") {
      faults.push(`axe ${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 5).join("; ")}`);
    }
  }
  return faults;
}
