// A mail scanner at its worst: it follows every link of every mail, runs scripts for ten seconds, presses the first
// button of each page, and sends every form: as it is, with every field filled in, past what a browser would check.
// It reads no instructions: the name of a machine is typed by nobody.
"use strict";

const { Reader, mails, run } = require("./browser.js");

const WORDS = ["yes", "Start", "confirm", "test@example.com", "vm", "I agree"];

// Every link of a mail that leads to the notifier.
function links(task, mail) {
  const named = [...mail.html.matchAll(/href="([^"]+)"/g)].map(([, link]) => link.replaceAll("&amp;", "&"));
  const written = mail.text.match(/https?:\/\/[^\s>)]+/g) ?? [];
  return [...new Set([...named, ...written])].filter((link) => new URL(link).origin === task.base);
}

run({
  async scanned({ browser, task }) {
    const read = mails(task);
    const followed = [...new Set(read.flatMap((mail) => links(task, mail)))];
    const scanner = await Reader.come(browser, task);
    const seen = { mails: read.length, links: followed.length, answers: {} };
    const note = (what, status) => {
      seen.answers[`${what} ${status}`] = (seen.answers[`${what} ${status}`] ?? 0) + 1;
    };
    for (const link of followed) {
      note("HEAD", (await fetch(link, { method: "HEAD" })).status);
      note("GET", (await fetch(link)).status);
    }
    const { page } = scanner;
    await page.clock.install();
    const visit = async (link, step) => {
      await page.goto(link);
      return step();
    };
    for (const link of followed) {
      // A calendar is a file to a browser: it was fetched above.
      if (new URL(link).pathname.startsWith("/calendar.")) {
        note("first button", "of a file");
        continue;
      }
      // What scripts would do within ten seconds, they do now.
      await visit(link, () => page.clock.runFor(10_000));
      const forms = await page.locator("form").count();
      note("first button", await visit(link, () => press(page)));
      for (const filled of [false, true]) {
        for (let number = 0; number < forms; number += 1) {
          const sent = await visit(link, async () => {
            const form = page.locator("form").nth(number);
            // What was answered can take a form away.
            if (!await form.count()) return ["form", "gone"];
            const what = await form.locator("input[name=do]").getAttribute("value");
            // What takes the machines away from the reader would leave nothing for the forms after it.
            if (what === "not-mine" && !filled) return [what, "later"];
            return [what, await submit(page, form, filled)];
          });
          note(...sent);
        }
      }
    }
    return seen;
  },
});

// The status of the answer to a form that `send` sends.
async function answered(page, send) {
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === "POST"),
    page.waitForEvent("load"),
    send(),
  ]);
  return answer.status();
}

// Presses the first button that there is, unfolding whatever hides it.
async function press(page) {
  const button = page.locator("form button").first();
  if (!await button.count()) return "missing";
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => {
    one.removeAttribute("name");
    one.open = true;
  }));
  if (await button.evaluate((button) => button.form.checkValidity())) return answered(page, () => button.click());
  await button.click();
  return "kept back by the browser";
}

// Sends a form without asking the browser whether it is complete.
async function submit(page, form, filled) {
  if (filled) {
    await form.evaluate((form, words) => {
      let word = 0;
      for (const field of form.elements) {
        if (field.matches("input[type=checkbox], input[type=radio]")) field.checked = true;
        if (field.matches("input[type=text], textarea")) field.value = words[word++ % words.length];
      }
      // The first choice of several: the last one is what stays checked otherwise.
      form.querySelector("input[type=radio]")?.click();
    }, WORDS);
  }
  return answered(page, () => form.evaluate((form) => HTMLFormElement.prototype.submit.call(form)));
}
