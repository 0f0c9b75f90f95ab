// Reads every mail in a folder with html-validate, and asks what caniemail.com knows of each tag and each line of CSS.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { HtmlValidate, StaticConfigLoader } = require("html-validate");
const { caniemail } = require("caniemail");

// What people read mail with at work. Thunderbird's row lacks features that the library then fails on.
const CLIENTS = ["outlook.*", "apple-mail.*", "gmail.*", "yahoo.*", "samsung-email.*"];

// Outlook for Windows lays out by these, whatever HTML says today.
const OLD_ATTRIBUTES = ["align", "cellpadding", "cellspacing", "valign", "width"];

// What may be missing somewhere, and what a reader has there instead.
const MAY_BE_MISSING = {
  "<style> element": "everything needed stands inline",
  "@media": "the wide and light form is shown",
  "Type selector": "only in the style sheet",
  "<body> element": "the table in it has its colour too",
  "aria-hidden attribute": "only for screen readers",
  "aria-label attribute": "only for screen readers",
  "role attribute": "only for screen readers",
  "border-radius": "square corners",
  "height property": "for Outlook's own button, in its own comment",
  "display:none": "the preheader is shown: the lead sentence, twice",
  overflow: "beside display and mso-hide, which hide the preheader too",
  hyphens: "words break as they do without",
  "word-break": "these break long words by themselves",
};

const folder = process.argv[2];
const files = fs.readdirSync(folder).filter((name) => name.endsWith(".html"));
const problems = new Set();
const validate = new HtmlValidate(new StaticConfigLoader({ extends: ["html-validate:standard"] }));

async function check(file) {
  const html = fs.readFileSync(path.join(folder, file), "utf8");
  const report = await validate.validateString(html, file);
  for (const message of report.results.flatMap((result) => result.messages)) {
    const old = message.ruleId === "no-deprecated-attr" && message.message.match(/^Attribute "([a-z]+)"/)?.[1];
    if (!OLD_ATTRIBUTES.includes(old)) problems.add(`${file}:${message.line}: ${message.ruleId}: ${message.message}`);
  }
  // CSS is the same in every language.
  if (!file.endsWith(".en.html")) return;
  for (const [client, missing] of caniemail({ clients: CLIENTS, html }).issues.errors) {
    for (const { title } of missing) {
      if (!(title in MAY_BE_MISSING)) problems.add(`${client} lacks ${title}, which ${file} uses`);
    }
  }
}

Promise.all(files.map(check)).then(() => {
  if (files.length === 0) problems.add("no mails");
  for (const problem of problems) console.error(problem);
  process.exit(problems.size === 0 ? 0 : 1);
});
