/** Draws the PNG icons from `public/icon.svg` with Chromium: `node tools/icons.mjs`. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const PUBLIC = join(import.meta.dirname, "..", "public");
const svg = readFileSync(join(PUBLIC, "icon.svg"), "utf8");
/** Masks cut a fifth off each side: the whole square is coloured, the bird smaller. */
const maskable = svg
  .replace('rx="116"', 'rx="0"')
  .replace("translate(72 66) scale(5.8)", "translate(122 112) scale(4.3)");
/** One colour on nothing, as a status bar shows it. */
const badge = svg.replace(/<rect[^>]*>/, "").replace(/fill="#\w+"/g, 'fill="#fff"');

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
for (const [name, size, source] of [
  ["icon-192.png", 192, svg],
  ["icon-512.png", 512, svg],
  ["icon-maskable-512.png", 512, maskable],
  ["badge-96.png", 96, badge],
]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const sized = source.replace("<svg ", `<svg width="${size}" height="${size}" `);
  await page.setContent(`<body style="margin:0">${sized}</body>`);
  await page.screenshot({ path: join(PUBLIC, name), omitBackground: true });
  await page.close();
}
await browser.close();
