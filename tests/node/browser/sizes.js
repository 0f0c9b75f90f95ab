// How long the page of many machines is on a phone, and where its buttons are.
"use strict";

const { Reader, look, run } = require("./browser.js");

const PHONE = { width: 360, height: 800 };

// The page as it is opened, nothing unfolded.
async function measured(page) {
  await page.setViewportSize(PHONE);
  return page.evaluate(() => {
    const buttons = [...document.querySelectorAll(".actions > details > summary, .actions > form > button, .actions > a")];
    const boxes = buttons.map((button) => button.getBoundingClientRect());
    return {
      machines: document.querySelectorAll("tr.machine").length,
      height: document.documentElement.scrollHeight,
      buttons: boxes.length,
      lowest: Math.ceil(Math.max(...boxes.map((box) => box.bottom + window.scrollY))),
      smallest: Math.floor(Math.min(...boxes.map((box) => Math.min(box.width, box.height)))),
    };
  });
}

run({
  async sizes({ browser, task, report }) {
    const jane = await Reader.come(browser, task, { javaScriptEnabled: false });
    const page = await jane.open("jane.doe@contoso.com");
    const beside = await Reader.come(browser, task);
    await beside.page.goto(jane.link);
    const fresh = await measured(beside.page);
    await look(beside.page, report, "many machines");
    const sent = page.waitForResponse((answer) => answer.request().method() === "POST");
    await page.getByRole("button", { name: "Acknowledge all" }).click();
    await sent;
    await page.waitForSelector("[role=status]");
    await beside.page.goto(jane.link);
    return { fresh, acknowledged: await measured(beside.page) };
  },
});
