// Asks CLDR, as Node.js has it, whether the names, plurals, lists and numbers of every language of the catalogue are so.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const folder = path.join(__dirname, "../../src/words");
const problems = [];

/** What a plural rule of one form says of a whole number, read as JavaScript. */
function isOne(rule, number) {
  const code = rule.replaceAll(" = ", " === ").replaceAll(" and ", " && ").replaceAll(" or ", " || ");
  if (!/^[inv0-9=&|%!. ]+$/.test(code)) throw new Error(`a rule that is not understood: ${rule}`);
  return Function("i", "n", "v", `return ${code};`)(number, number, 0);
}

for (const file of fs.readdirSync(folder).filter((name) => name.endsWith(".ftl"))) {
  const language = path.basename(file, ".ftl");
  if (Intl.DateTimeFormat.supportedLocalesOf(language).length === 0) {
    problems.push(`Node.js knows nothing of ${language}`);
    continue;
  }
  const text = fs.readFileSync(path.join(folder, file), "utf8");
  const value = (name) => text.match(new RegExp(`^${name} = (.*)$`, "m"))?.[1] ?? "";
  const names = (name) => value(name).split(", ");
  const expect = (what, ours, theirs) => {
    if (![theirs].flat().includes(ours)) problems.push(`${language}: ${what} is ${ours}, and ${theirs} in CLDR`);
  };

  const part = (options, date, type) =>
    new Intl.DateTimeFormat(language, { ...options, timeZone: "UTC" })
      .formatToParts(date)
      .find((found) => found.type === type).value;
  // The first of January 2024 is a Monday.
  const written = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
  const weekdays = [0, 1, 2, 3, 4, 5, 6].map((day) => part(written, Date.UTC(2024, 0, 1 + day), "weekday"));
  const months = [...Array(12).keys()].map((month) => part(written, Date.UTC(2024, month, 15), "month"));
  const plain = (name) => name.replace(/\.$/, "");
  // In a date that begins with a weekday German has it with its point, alone it has none.
  expect("the weekdays", names("-weekdays").map(plain).join(), weekdays.map(plain).join());
  expect("the months", names("-months").join(), months.join());
  expect("the name", value("-name"), new Intl.DisplayNames(language, { type: "language" }).of(language));

  const group = new Intl.NumberFormat(language, { useGrouping: "always" })
    .formatToParts(12345)
    .find((found) => found.type === "group").value;
  expect("what stands between thousands", value("-group"), group);

  const rules = new Intl.PluralRules(language);
  for (let number = 0; number <= 1200; number++) {
    const ours = isOne(value("-plural-one"), number);
    if (ours !== (rules.select(number) === "one")) problems.push(`${language}: ${number} has another plural in CLDR`);
  }

  const both = new Intl.ListFormat(language, { type: "conjunction" });
  const ours = value("list-and").replace("{ $before }", "a").replace("{ $last }", "b");
  expect("a list of two", ours, both.format(["a", "b"]));
}

for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
