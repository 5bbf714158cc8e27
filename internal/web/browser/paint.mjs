// Prints when each page of a running workmix shows its first content and when it is whole, in Chromium, each opened once with nothing
// cached: node internal/web/browser/paint.mjs http://127.0.0.1:8080 [PATH ...]
import { launch, open, forms } from "./chromium.mjs";

const [origin, ...paths] = process.argv.slice(2);
const browser = await launch();
try {
  for (const path of paths.length > 0 ? paths : ["/", "/allocation", "/plan", "/teams", "/items", "/items?text=777", "/retrospective", "/rules", "/questions", "/sql", "/pipeline"]) {
    const { page, close } = await open(browser, origin, forms[0]);
    const start = Date.now();
    await page.goto(origin + path);
    const [paint, whole] = [await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime), Date.now() - start];
    console.log(`${path.padEnd(20)} first content after ${Math.round(paint)} ms, whole after ${whole} ms`);
    await close();
  }
} finally {
  await browser.close();
}
