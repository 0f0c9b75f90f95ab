// Sends the same form over many connections at once: all are open before the first byte is written on any.
// Standard input is {url, origin, body, count}; what is printed is every answer's status and body.
"use strict";

const fs = require("node:fs");
const net = require("node:net");

const task = JSON.parse(fs.readFileSync(0, "utf8"));
const url = new URL(task.url);
const request = [
  `POST ${url.pathname}${url.search} HTTP/1.1`, `Host: ${url.host}`, `Origin: ${task.origin}`, "Connection: close",
  "Content-Type: application/x-www-form-urlencoded", `Content-Length: ${Buffer.byteLength(task.body)}`, "", task.body,
].join("\r\n");

function connect() {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(url.port), url.hostname, () => resolve(socket));
    socket.once("error", reject);
  });
}

async function confirm(socket) {
  const parts = [];
  socket.write(request);
  for await (const part of socket) parts.push(part);
  const text = Buffer.concat(parts).toString("utf8");
  return { status: Number(text.split(" ")[1]), body: text.slice(text.indexOf("\r\n\r\n") + 4) };
}

(async () => {
  const sockets = await Promise.all(Array.from({ length: task.count }, connect));
  process.stdout.write(JSON.stringify(await Promise.all(sockets.map(confirm))));
})();
