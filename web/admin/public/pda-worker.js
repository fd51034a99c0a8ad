/**
 * Lets the pages of scanners open without a network: keeps the page and all that it names, which carries its digest in
 * its name. Asks the network first for the page itself, so that a new one comes as soon as there is one. What the API
 * tells is not its business: scans wait in the page's own store.
 */
const KEPT = "shangmai-pda";
const PAGE = "/pda";

/** Keeps a page with what it names, and lets go of what an older one has named. */
async function keep(answer) {
  const text = await answer.clone().text();
  const named = [...text.matchAll(/(?:src|href)="(\/(?:admin\/built|assets)\/[^"]+)"/g)].map((each) => each[1]);
  const cache = await caches.open(KEPT);
  const known = (await cache.keys()).map((each) => new URL(each.url).pathname);
  await cache.addAll(named.filter((each) => !known.includes(each)));
  await cache.put(PAGE, answer);
  await Promise.all(known.filter((each) => each !== PAGE && !named.includes(each)).map((each) => cache.delete(each)));
}

async function page(event) {
  try {
    const answer = await fetch(event.request);
    if (answer.ok) event.waitUntil(keep(answer.clone()).catch(() => undefined));
    if (answer.status < 500) return answer;
    return (await caches.match(PAGE)) ?? answer;
  } catch (away) {
    const kept = await caches.match(PAGE);
    if (!kept) throw away;
    return kept;
  }
}

self.addEventListener("install", (event) => {
  event.waitUntil(fetch(PAGE).then((answer) => (answer.ok ? keep(answer) : Promise.reject(new Error("no page yet")))));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(page(event));
  else if (/^\/(admin\/built|assets)\//.test(pathname)) event.respondWith(caches.match(event.request, { ignoreVary: true }).then((kept) => kept ?? fetch(event.request)));
});
