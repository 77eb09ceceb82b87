// A page that shows something while it happens: `data-live` names its stream of events. At each event the page is read
// again, and its parts (`data-part`) take the place of the old ones. Without a script the page reloads itself.
const live = document.querySelector("[data-live]");
const KINDS = ["state", "planned", "resource", "proved", "resumed", "cancel_asked"];

let isReading = false;
let isStale = false;

const read = async () => {
  if (isReading) return (isStale = true);
  isReading = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.redirected) return location.assign(answer.url);
    if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } finally {
    isReading = false;
  }
  if (isStale) {
    isStale = false;
    await read();
  }
};

const show = (fresh) => {
  document.title = fresh.title;
  for (const old of document.querySelectorAll("[data-part]")) {
    const part = fresh.querySelector(`[data-part="${old.dataset.part}"]`);
    if (!part || part.innerHTML === old.innerHTML) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    old.replaceChildren(...part.childNodes);
    if (focused) document.getElementById(focused)?.focus();
  }
};

// -- how long the running step has taken so far ---------------------------------------------------------------------

const words = (seconds) =>
  seconds < 60 ? `${Math.floor(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
const tick = () => {
  for (const running of document.querySelectorAll("[data-since]")) {
    const seconds = (Date.now() - new Date(running.dataset.since)) / 1000;
    if (seconds >= 1) running.textContent = words(seconds);
  }
};

// -- the stream: the browser opens it again by itself, with the last event it saw ------------------------------------

const listen = () => {
  const stream = new EventSource(live.dataset.live);
  for (const kind of KINDS) stream.addEventListener(kind, read);
  stream.addEventListener("end", async () => {
    stream.close();
    await read();
  });
  // A refusal: the session ended, or the right was taken away. The page itself says what to do.
  stream.addEventListener("refused", () => location.reload());
  window.addEventListener("pagehide", () => stream.close());
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  stream.onerror = () => stream.readyState === EventSource.CLOSED && setTimeout(read, 3000);
};

if (live?.dataset.live) {
  listen();
  setInterval(tick, 1000);
}
