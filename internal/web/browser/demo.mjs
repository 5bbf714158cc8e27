// A running `workmix demo` of a tenth of the work for the browser tests: a data directory and ports of its own, on loopback, bounded in time.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

const startWithin = 5 * 60_000; // it takes 15 s on two idle cores
const liveAtMost = 30 * 60_000;

/** start returns {url, stop}. WORKMIX_TEST_PAGES names pages that run already, for those who write the tests. */
export async function start() {
  if (process.env.WORKMIX_TEST_PAGES) {
    return { url: process.env.WORKMIX_TEST_PAGES, stop: async () => {} };
  }
  const dir = await mkdtemp(join(tmpdir(), "workmix-browser-"));
  const [pages, engine, admin] = await freeAddresses(3);
  const config = join(dir, "workmix.yaml");
  await writeFile(config, `serve: {listen: "${pages}"}\nadmin: {listen: "${admin}"}\nembedded: {clickhouse_listen: "${engine}"}\n`);
  const child = spawn(join(root, "bin", "workmix"), ["demo", "--size", "0.1", "--config", config, "--data", join(dir, "data")], {
    stdio: ["ignore", "ignore", "pipe"],
    timeout: liveAtMost,
  });
  let said = "";
  const ended = new Promise((resolve) => child.on("close", resolve));
  const kill = () => child.kill("SIGTERM");
  process.on("exit", kill);
  const stop = async () => {
    process.off("exit", kill);
    kill();
    const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await ended;
    clearTimeout(late);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the demo is not up after ${startWithin / 1000} s:\n${said}`)), startWithin);
      late.unref();
      child.on("error", (e) => reject(new Error(`bin/workmix does not start (make build makes it): ${e.message}`)));
      ended.then((code) => reject(new Error(`the demo ended with ${code}:\n${said}`)));
      child.stderr.on("data", (b) => {
        said += b;
        if (said.includes("workmix is up")) resolve();
      });
    });
  } catch (e) {
    await stop();
    throw e;
  }
  return { url: `http://${pages}`, stop };
}

/** freeAddresses asks for all ports at once, so that no two are the same. */
async function freeAddresses(n) {
  const servers = await Promise.all(
    Array.from({ length: n }, () => new Promise((resolve, reject) => {
      const s = createServer().on("error", reject);
      s.listen(0, "127.0.0.1", () => resolve(s));
    })),
  );
  const all = servers.map((s) => `127.0.0.1:${s.address().port}`);
  await Promise.all(servers.map((s) => new Promise((done) => s.close(done))));
  return all;
}
