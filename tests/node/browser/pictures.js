// Pictures of HTML files, and how high each is on a phone: `node pictures.js FOLDER [OUT]`. Without OUT it only measures.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { launch } = require("./browser.js");

const WIDTHS = [360, 700];

async function main([folder, out]) {
  const browser = await launch();
  const heights = {};
  for (const file of fs.readdirSync(folder).filter((name) => name.endsWith(".html")).sort()) {
    const html = fs.readFileSync(path.join(folder, file), "utf8");
    const name = file.slice(0, -".html".length);
    for (const colorScheme of out ? ["light", "dark"] : ["light"]) {
      for (const width of out ? WIDTHS : [WIDTHS[0]]) {
        const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
        await page.setContent(html);
        const size = await page.evaluate(() => ({
          height: document.documentElement.scrollHeight,
          width: document.documentElement.scrollWidth,
        }));
        if (width === WIDTHS[0]) heights[name] = size;
        if (out) await page.screenshot({ path: path.join(out, `${name}-${colorScheme}-${width}.png`), fullPage: true });
        await page.close();
      }
    }
  }
  await browser.close();
  console.log(JSON.stringify(heights));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
