// How smooth a drag is with 500 cards in view: `node frames.mjs BINARY [SLOWER…]` prints the times
// between frames, at the machine's own speed and that many times slower.

import { arranged } from "./arranged.mjs";
import { launch, open } from "./browse.mjs";

const SECONDS = 5;

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

// Carries a card about for some seconds, through the page and along its edge; what that took.
export async function carried(page, seconds, slower = 1) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
  const metrics = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };
  const handle = page.locator("#group-g0 .card .handle").nth(4);
  await handle.scrollIntoViewIfNeeded();
  const box = await handle.boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 8, y + 8);
  await page.waitForSelector(".drag-ghost");
  await page.evaluate(() => {
    const times = [];
    const frame = (now) => {
      times.push(now);
      if (window.frameTimes === times) requestAnimationFrame(frame);
    };
    window.frameTimes = times;
    requestAnimationFrame(frame);
  });
  const before = await metrics();
  const end = Date.now() + seconds * 1000;
  for (let n = 0; Date.now() < end; n += 1) {
    // Round about the page; every other second along its lower edge, then its upper one.
    const second = Math.floor(n / 60) % 4;
    const height = page.viewportSize().height;
    const aim = second === 1 ? height - 12 : second === 3 ? 70 : height / 2 + Math.sin(n / 9) * height / 4;
    await page.mouse.move(620 + Math.cos(n / 11) * 300, aim);
  }
  const after = await metrics();
  const times = await page.evaluate(() => {
    const times = window.frameTimes;
    window.frameTimes = null;
    return times;
  });
  await page.keyboard.press("Escape");
  await page.mouse.up();
  await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  await session.detach();
  const deltas = times.slice(1).map((time, n) => time - times[n]).sort((a, b) => a - b);
  const late = deltas.reduce((n, delta) => n + Math.max(0, Math.round(delta / (1000 / 60)) - 1), 0);
  const spent = (name) => after[name] - before[name];
  const each = (name) => (spent(name) * 1000) / times.length;
  return {
    frames: times.length,
    median: at(deltas, 0.5),
    p95: at(deltas, 0.95),
    worst: deltas.at(-1),
    late,
    layouts: spent("LayoutCount"),
    styles: spent("RecalcStyleCount"),
    work: each("TaskDuration"),
    script: each("ScriptDuration"),
    layout: each("LayoutDuration") + each("RecalcStyleDuration"),
  };
}

async function main() {
  const [binary, ...rates] = process.argv.slice(2);
  const catalog = arranged(binary);
  const server = await catalog.serve();
  const browser = await launch();
  try {
    for (const rate of rates.length > 0 ? rates.map(Number) : [1, 4]) {
      const tab = await open(browser, server.url);
      await tab.page.goto(`${server.url}/collections/team/groups/`, { waitUntil: "load" });
      const n = await tab.page.locator(".card").count();
      const found = await carried(tab.page, SECONDS, rate);
      const ms = (value) => `${value.toFixed(1)} ms`;
      console.log(
        `${n} cards, ${rate}x slower: ${found.frames} frames, median ${ms(found.median)}, 95 % ${ms(found.p95)}, ` +
          `worst ${ms(found.worst)}, ${found.late} late; a frame's work ${ms(found.work)} ` +
          `(script ${ms(found.script)}, style and layout ${ms(found.layout)}); ${found.layouts} layouts`,
      );
      await tab.close();
    }
  } finally {
    await browser.close();
    await server.stop();
    catalog.remove();
  }
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) await main();
