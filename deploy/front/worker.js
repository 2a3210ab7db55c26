// A front before a relay, for wherever `export default { fetch }` runs.
//
// Settings: LINNET_RELAY, such as https://relay.example, and LINNET_PATHS, such as /PATH,/PATH.
// People's requests (spec/session.md §8.4) on those paths go to that relay, and to nothing else;
// everybody else sees an ordinary page. It keeps nothing and logs nothing. See docs/front.md.

const LARGEST_BODY = 65_600;
const LARGEST_ANSWER = 131_072;
const SMALLEST_BODY = 21;
const KIND_AT = 16;
const KINDS = 5;
const PATIENCE_MS = 45_000; // a relay lets a request wait for 25 seconds
const PAGE = "<!doctype html><title>Welcome</title><h1>It works!</h1>\n";

export default {
  async fetch(request, env) {
    const path = new URL(request.url).pathname;
    if (request.method === "POST" && isKnown(path, env.LINNET_PATHS ?? "")) {
      const answer = await passOn(request, new URL(path, env.LINNET_RELAY)).catch(() => null);
      if (answer !== null) return answer;
    }
    if (request.method !== "GET" && request.method !== "HEAD") return said("Method Not Allowed\n", 405);
    return path === "/" ? said(env.LINNET_PAGE ?? PAGE, 200) : said("Not Found\n", 404);
  },
};

async function passOn(request, url) {
  const body = await read(request.body, LARGEST_BODY);
  if (body.length < SMALLEST_BODY || body[KIND_AT] < 1 || body[KIND_AT] > KINDS) return null;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const answer = await fetch(url, { method: "POST", body, signal, redirect: "manual" });
  if (answer.status !== 200) return null;
  const whole = await read(answer.body, LARGEST_ANSWER);
  const headers = {
    "Content-Type": "application/octet-stream",
    "Content-Length": String(whole.length),
    "Cache-Control": "no-store",
  };
  return new Response(whole, { headers });
}

async function read(stream, most) {
  const pieces = [];
  let size = 0;
  for await (const piece of stream ?? []) {
    size += piece.length;
    if (size > most) throw new Error("More was said than anybody may say.");
    pieces.push(piece);
  }
  const whole = new Uint8Array(size);
  let place = 0;
  for (const piece of pieces) {
    whole.set(piece, place);
    place += piece.length;
  }
  return whole;
}

// Every known path is compared, and each to its end: how long it takes tells nothing of them.
function isKnown(path, known) {
  let found = false;
  for (const one of known.split(",")) {
    let differs = one.length ^ path.length;
    for (let at = 0; at < one.length; at++) differs |= one.charCodeAt(at) ^ path.charCodeAt(at % (path.length || 1));
    found = found || (differs === 0 && one.length > 1);
  }
  return found;
}

function said(text, status) {
  return new Response(text, { status, headers: { "Content-Type": "text/html; charset=utf-8" } });
}
