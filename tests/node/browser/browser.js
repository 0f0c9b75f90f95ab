// Debian's Chromium, the mails of an outbox, and what can be said of a page by looking at it.
"use strict";

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const axe = require("axe-core");
const { chromium } = require("playwright-core");

// How long anything may take that is waited for.
const PATIENCE = 60_000;
// Where mails are read: a site of its own, as webmail is.
const WEBMAIL = "https://mail.example/";
// Where a page says what became of a form.
const SAID = "[role=status], [role=alert]";
// What a finger hits.
const TARGET = 24;
const NARROW = { width: 360, height: 740 };
const WIDE = { width: 1100, height: 900 };

// A browser that was never used before, without anything that calls home.
async function launch() {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}

// Every mail of the outbox, as Python's `email` package reads it.
function mails(task) {
  const described = execFileSync(task.python, [path.join(__dirname, "../../python/describe_mails.py"), task.outbox]);
  return JSON.parse(described).map((mail) => {
    const part = (type) => mail.parts.find((part) => part.type === type).content;
    return { to: mail.headers.To, html: part("text/html"), text: part("text/plain") };
  });
}

// The first mail to `address`, once it is there.
async function mailTo(task, address) {
  await new Promise((resolve, reject) => {
    const look = () => {
      if (!fs.readdirSync(task.outbox).some((name) => name.includes(`-${address}-`) && name.endsWith(".eml"))) return;
      watcher.close();
      clearTimeout(patience);
      resolve();
    };
    const watcher = fs.watch(task.outbox, look);
    const patience = setTimeout(() => {
      watcher.close();
      reject(new Error(`no mail to ${address} came within a minute`));
    }, PATIENCE);
    look();
  });
  return mails(task).find((mail) => mail.to.includes(address));
}

// A person with a browser: a tab of their own, in which nothing leaves this machine.
class Reader {
  constructor(context, page, task, away) {
    Object.assign(this, { context, page, task, away });
  }

  static async come(browser, task, options = {}) {
    const context = await browser.newContext({ viewport: WIDE, ...options });
    context.setDefaultTimeout(PATIENCE);
    const away = [];
    await context.route((url) => url.origin !== task.base, async (route) => {
      away.push({ url: route.request().url(), referer: (await route.request().allHeaders()).referer ?? null });
      await route.fulfill({ contentType: "text/html", body: "<title>elsewhere</title>" });
    });
    return new Reader(context, await context.newPage(), task, away);
  }

  // Shows the mail to `address` and follows its link as `follow` does it.
  async open(address, follow = (page) => page.click("a[href*='/a?t=']")) {
    const mail = await mailTo(this.task, address);
    await this.page.route(WEBMAIL, (route) => route.fulfill({ contentType: "text/html", body: mail.html }));
    await this.page.goto(WEBMAIL);
    await Promise.all([this.page.waitForURL("**/a?t=*"), follow(this.page)]);
    this.link = this.page.url();
    return this.page;
  }

  // The form that does this, unfolded from the outside in. Of several it is the one with the most to fill in.
  async form(what) {
    const form = this.page.locator(`form:has(input[name=do][value=${what}])`).last();
    const folded = this.page.locator("details:not([open])").filter({ has: form });
    while (await folded.count()) await folded.first().locator("> summary").click();
    return form;
  }

  // Presses the button of a form and gives back what the page says then.
  async send(form) {
    const sent = this.page.waitForResponse((response) => response.request().method() === "POST");
    await form.getByRole("button").click();
    const status = (await sent).status();
    await this.page.waitForSelector(SAID);
    return `${status} ${await this.said()}`;
  }

  // What the page says of the form that was sent.
  async said() {
    return (await this.page.locator(SAID).innerText()).trim();
  }

  async text() {
    return this.page.locator("main").innerText();
  }
}

// Presses Tab until `wanted`, a selector, has the focus. Every stop on the way has to be seen.
async function tabTo(page, wanted) {
  for (let stops = 1; stops <= 150; stops++) {
    await page.keyboard.press("Tab");
    const there = await page.evaluate((wanted) => {
      const focused = document.activeElement;
      const style = getComputedStyle(focused);
      const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
      return { seen, found: focused.matches(wanted), name: focused.outerHTML.slice(0, 80) };
    }, wanted);
    if (there.found && !there.seen) throw new Error(`it is not seen that the focus is on ${there.name}`);
    if (there.found) return stops;
  }
  throw new Error(`${wanted} cannot be reached with the keyboard`);
}

// Looks at a page in light and dark, wide and narrow, with everything unfolded, and notes what is wrong in `report`.
async function look(page, report, state) {
  report.states.push(state);
  const complain = (where, what) => report.problems.push(`${state}, ${where}: ${what}`);
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => {
    // Of those with the same name only one stays open.
    one.removeAttribute("name");
    one.open = true;
  }));
  await page.evaluate(axe.source);
  for (const [where, colorScheme, viewport] of [
    ["light", "light", WIDE], ["dark", "dark", WIDE], ["narrow", "light", NARROW], ["narrow and dark", "dark", NARROW],
  ]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    const found = await page.evaluate(async () => {
      const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
      const { violations } = await window.axe.run(document, { runOnly: { type: "tag", values: tags } });
      return violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.map((node) => node.html).join(" ") }));
    });
    for (const { id, impact, at } of found) {
      if (["serious", "critical"].includes(impact)) complain(where, `${impact}: ${id} at ${at}`);
    }
    for (const problem of await page.evaluate(measure, TARGET)) complain(where, problem);
    if (report.shots) {
      await page.screenshot({ path: path.join(report.shots, `${state}-${where}.png`.replaceAll(" ", "-")), fullPage: true });
    }
  }
  await page.setViewportSize(WIDE);
}

// What is wrong with sizes: the page scrolls sideways, or a finger misses. Links within sentences are as high as these.
function measure(target) {
  const problems = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) problems.push(`it is ${scrollWidth - clientWidth} pixels too wide`);
  const targets = document.querySelectorAll("button, summary, select, textarea, .button, input:not([type=hidden])");
  for (const element of targets) {
    // Who taps the words of a choice taps its box.
    const { width, height } = (element.closest("label") ?? element).getBoundingClientRect();
    if (Math.min(width, height) < target) problems.push(`${width}×${height} is too small: ${element.outerHTML.slice(0, 80)}`);
  }
  return problems;
}

// Runs scenarios beside each other on one browser; what they say is printed as one JSON document.
async function run(scenarios) {
  const task = JSON.parse(fs.readFileSync(0, "utf8"));
  if (task.shots) fs.mkdirSync(task.shots, { recursive: true });
  const report = { states: [], problems: [], shots: task.shots };
  const browser = await launch();
  try {
    const names = Object.keys(scenarios);
    const said = await Promise.all(names.map((name) => scenarios[name]({ browser, task, report })));
    names.forEach((name, index) => { report[name] = said[index]; });
  } finally {
    await browser.close();
  }
  report.states.sort();
  process.stdout.write(JSON.stringify(report));
}

module.exports = { Reader, launch, look, mails, run, tabTo };
