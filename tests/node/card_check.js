// Parses every card in a folder with the card makers' own library: no unknown element, nothing invalid, nothing lost.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
// The package's ES module entry does not load in Node.js.
const cards = require("adaptivecards/dist/adaptivecards.js");

const folder = process.argv[2];
const samples = JSON.parse(fs.readFileSync(path.join(folder, "samples.json"), "utf8"));
const problems = [];

for (const sample of samples) {
  const complain = (problem) => problems.push(`${sample.name}: ${problem}`);
  const text = fs.readFileSync(path.join(folder, `${sample.name}.card.json`), "utf8");
  if (Buffer.byteLength(text) >= 25000) complain("too large");
  const envelope = JSON.parse(text);
  if (envelope.type !== "message" || envelope.attachments.length !== 1) complain("no message with one attachment");
  const attachment = envelope.attachments[0];
  if (attachment.contentType !== "application/vnd.microsoft.card.adaptive") complain("wrong content type");
  const content = attachment.content;
  if (content.version !== "1.4" || content.msteams.width !== "Full") complain("wrong version or width");

  const card = new cards.AdaptiveCard();
  card.version = new cards.Version(1, 4);
  const context = new cards.SerializationContext(cards.Versions.v1_4);
  card.parse(content, context);
  for (let index = 0; index < context.eventCount; index++) complain(context.getEventAt(index).message);
  for (const event of card.validateProperties().validationEvents) complain(event.message);
  if (card.getItemCount() !== content.body.length) complain("the library dropped an element");
  if (card.getActionCount() !== (content.actions ?? []).length) complain("the library dropped an action");
}

if (samples.length === 0) problems.push("no samples");
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
