// Keeps the offline check page and its parts; VERSION, PAGE and PARTS stand before this text (pages/offline.py).
const NAME = `daizheng-offline-page-${VERSION}`;

async function keep() {
  const cache = await caches.open(NAME);
  // Without cookies: what is kept belongs to nobody who is signed in.
  await cache.addAll([PAGE, ...PARTS].map((part) => new Request(part, { credentials: "omit", cache: "reload" })));
  await self.skipWaiting();
}

async function tidy() {
  for (const name of await caches.keys()) {
    if (name.startsWith("daizheng-offline-page-") && name !== NAME) await caches.delete(name);
  }
  await self.clients.claim();
}

async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.open(NAME)).match(PAGE);
  }
}

async function part(request) {
  const found = await (await caches.open(NAME)).match(request, { ignoreVary: true });
  return found ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(page(event.request));
  else if (PARTS.includes(address.pathname)) event.respondWith(part(event.request));
});
