// Serves a worker by Node's own HTTP: node adaptor.mjs WORKER PORT
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Readable } from "node:stream";

const [, , file, port] = process.argv;
const source = readFileSync(file).toString("base64");
const { default: worker } = await import(`data:text/javascript;base64,${source}`);

createServer(async (asked, answered) => {
  const hasBody = !["GET", "HEAD"].includes(asked.method);
  const request = new Request(`http://${asked.headers.host}${asked.url}`, {
    method: asked.method,
    body: hasBody ? Readable.toWeb(asked) : undefined,
    duplex: "half",
  });
  const response = await worker.fetch(request, process.env);
  answered.writeHead(response.status, Object.fromEntries(response.headers));
  answered.end(Buffer.from(await response.arrayBuffer()));
}).listen(Number(port), "127.0.0.1");
