// What owners do with the link in a mail: each scenario has machines of its own, and says what it saw.
"use strict";

const { Reader, look, run, tabTo } = require("./browser.js");

run({
  // From the mail to the end of a start, without a mouse and without JavaScript.
  async keyboard({ browser, task, report }) {
    const anna = await Reader.come(browser, task, { javaScriptEnabled: false });
    const beside = await Reader.come(browser, task);
    const page = await anna.open("anna@contoso.com", async (page) => {
      await tabTo(page, "a[href*='/a?t=']");
      await page.keyboard.press("Enter");
    });
    const before = await anna.text();
    await beside.page.goto(anna.link);
    await look(beside.page, report, "fresh");

    const press = async (wanted, key) => {
      const stops = await tabTo(page, wanted);
      await page.keyboard.press(key);
      return stops;
    };
    await press("summary", "Enter");
    await press("input[name=when]", "Space");
    await tabTo(page, "#start-name");
    await page.keyboard.type("vm-logs-01");
    await Promise.all([page.waitForResponse((answer) => answer.request().method() === "POST"), press("button", "Enter")]);
    await page.waitForSelector("[role=status]");
    const started = await anna.said();
    await beside.page.goto(anna.link);
    const underWay = await beside.text();
    await look(beside.page, report, "under way");

    // The page loads itself again until there is nothing left to wait for; beside it is one that was told not to.
    const still = await beside.page.goto(`${anna.link}&still=1`);
    let loads = 0;
    page.on("load", () => { loads += 1; });
    await page.waitForSelector("text=done, and the machine runs");
    const done = await anna.text();
    await anna.open("anna@contoso.com");
    await beside.page.goto(anna.link);
    await look(beside.page, report, "finished");
    return { before, started, underWay, loads, still: "refresh" in still.headers() ? 1 : 0, done, again: await anna.text() };
  },

  // Acknowledges one machine of two with a note and the number of a change; asks to be reminded; mistypes a name.
  async answers({ browser, task, report }) {
    const ben = await Reader.come(browser, task);
    const page = await ben.open("ben@contoso.com");
    await look(page, report, "two machines");
    await page.goto(ben.link);
    let form = await ben.form("acknowledge");
    await form.getByLabel("vm-dc-02").uncheck();
    await form.getByLabel("Change number").fill("CHG-4711");
    await form.getByLabel("Note for the others").fill("after the <b>release</b>");
    const acknowledged = await ben.send(form);
    const after = await ben.text();
    form = await ben.form("snooze");
    await form.getByLabel("vm-dc-01").uncheck();
    await form.locator("select").selectOption({ index: 1 });
    const snoozed = await ben.send(form);
    form = await ben.form("start");
    await form.getByLabel("vm-dc-01").check();
    await form.getByLabel("now", { exact: true }).check();
    await form.getByLabel("To confirm").fill("vm-dc-02");
    const mistyped = await ben.send(form);
    const kept = await form.locator("input[name=m]:checked").count();
    await look(page, report, "mistyped");
    await page.locator("input[name=nonce]").first().evaluate((field) => { field.value = "AAAA"; });
    form = await ben.form("start");
    await form.getByLabel("To confirm").fill("vm-dc-02");
    const stale = await ben.send(form);
    await look(page, report, "stale");
    return { acknowledged, after, snoozed, mistyped, kept, stale };
  },

  // Plans a start for tomorrow and calls it off.
  async planned({ browser, task, report }) {
    const cleo = await Reader.come(browser, task);
    const page = await cleo.open("cleo@contoso.com");
    const form = await cleo.form("start");
    const at = form.locator("input[name=at]");
    const earliest = new Date(`${await at.getAttribute("min")}Z`).getTime();
    const tomorrow = new Date(earliest + 86_400_000).toISOString().slice(0, 16);
    await at.fill(tomorrow);
    await form.getByLabel("at this time").check();
    await form.getByLabel("To confirm").fill("vm-search-01");
    const planned = await cleo.send(form);
    await page.goto(cleo.link);
    await look(page, report, "planned");
    const shown = await cleo.text();
    return { tomorrow, planned, shown, calledOff: await cleo.send(await cleo.form("object")) };
  },

  // Has two machines started one after the other from tomorrow on, and ends that before it begins.
  async rolling({ browser, task, report }) {
    const gina = await Reader.come(browser, task);
    const page = await gina.open("gina@contoso.com");
    const form = await gina.form("roll");
    const at = form.locator("input[name=at]");
    const earliest = new Date(`${await at.getAttribute("min")}Z`).getTime();
    await at.fill(new Date(earliest + 86_400_000).toISOString().slice(0, 16));
    await form.getByRole("button").click();
    const begin = page.locator("form:has(input[value=begin-plan])");
    await begin.getByLabel("To confirm").fill("vm-erp-01");
    await Promise.all([page.waitForURL("**/a?t=*&plan=*"), begin.getByRole("button").click()]);
    const made = await gina.text();
    await look(page, report, "rolling plan");
    await page.goto(page.url());
    return { made, ended: await gina.send(await gina.form("cancel")), after: await gina.text() };
  },

  // Hands a machine to somebody who never heard of it, and who takes it from their own mail.
  async handedOver({ browser, task, report }) {
    const dora = await Reader.come(browser, task);
    await dora.open("dora@contoso.com");
    let form = await dora.form("hand-over");
    await form.getByLabel("To whom").fill("emil@contoso.com");
    await form.getByLabel("To confirm").fill("vm-search-02");
    const handed = await dora.send(form);
    const emil = await Reader.come(browser, task);
    const page = await emil.open("emil@contoso.com");
    await look(page, report, "handed over");
    await page.goto(emil.link);
    form = await emil.form("accept");
    await form.getByLabel("To confirm").fill("vm-search-02");
    const taken = await emil.send(form);
    const old = await dora.page.goto(dora.link);
    await look(dora.page, report, "no longer yours");
    return { handed, taken, old: `${old.status()} ${await dora.text()}`, forms: await dora.page.locator("form").count() };
  },

  // Says that it is not theirs; looks at the machine in Azure's portal, which hears nothing of the link.
  async notMine({ browser, task }) {
    const finn = await Reader.come(browser, task);
    const page = await finn.open("finn@contoso.com");
    await page.click("th a");
    await page.waitForURL("https://portal.azure.com/**");
    await page.goBack();
    const form = await finn.form("not-mine");
    return { said: await finn.send(form), away: finn.away };
  },

  // Says once what holds from then on, and takes each of it back: maintenance hours, a silence, no digests.
  async saidOnce({ browser, task, report }) {
    const hana = await Reader.come(browser, task);
    const page = await hana.open("hana@contoso.com");
    const hours = async (text) => {
      const form = await hana.form("name-hours");
      await form.getByLabel("vm-web-01").check();
      await form.getByLabel("Which hours").fill(text);
      await form.getByLabel("To confirm").fill("vm-web-01");
      return hana.send(form);
    };
    const unreadable = await hours("Saturday night");
    await look(page, report, "hours mistyped");
    const named = await hours("SAT 22:00-04:00");
    await page.goto(hana.link);
    await look(page, report, "hours named");
    const shown = await page.locator("section:has(#your-hours)").innerText();
    const removed = await hana.send(await hana.form("remove-hours"));

    const form = await hana.form("silence");
    await form.getByLabel("vm-web-02").check();
    await form.getByLabel("Because").fill("the <b>lab</b> is rebuilt");
    const silent = await hana.send(form);
    await page.goto(hana.link);
    await look(page, report, "silent");
    const held = await page.locator("section:has(#your-silences)").innerText();
    const ended = await hana.send(await hana.form("end-silence"));

    await page.goto(task.pages.digests);
    await look(page, report, "digests");
    const press = async () => {
      await Promise.all([page.waitForResponse((answer) => answer.request().method() === "POST"), page.getByRole("button").click()]);
      await page.waitForSelector("[role=status]");
      return hana.text();
    };
    const off = await press();
    await look(page, report, "digests off");
    return { unreadable, named, shown, removed, silent, held, ended, off, on: await press() };
  },

  // Pages that say something and ask nothing.
  async others({ browser, task, report }) {
    const reader = await Reader.come(browser, task);
    const seen = {};
    for (const [state, address] of Object.entries(task.pages).filter(([state]) => state !== "digests")) {
      const answer = await reader.page.goto(address);
      await look(reader.page, report, state);
      seen[state] = `${answer.status()} ${await reader.text()}`;
    }
    return seen;
  },
});
