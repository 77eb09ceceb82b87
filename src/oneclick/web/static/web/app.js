// What plain HTML can't do: copying, dialogs, menus that close, times that go on. Every page works without it.
const root = document.documentElement;
root.classList.add("has-script");

const on = (type, selector, act) =>
  document.addEventListener(type, (event) => {
    const found = event.target.closest?.(selector);
    if (found) act(found, event);
  });

// -- copying ------------------------------------------------------------------------------------------------------

const write = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Over plain http on another host there is no clipboard; the old way still works.
  const area = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
};

on("click", "[data-copy]", async (button) => {
  const state = button.querySelector("[data-copy-state]");
  const before = state.textContent;
  await write(button.parentElement.querySelector("code").textContent);
  button.classList.add("is-copied");
  state.textContent = "Copied";
  announce("Copied");
  setTimeout(() => {
    button.classList.remove("is-copied");
    state.textContent = before;
  }, 2000);
});

const announce = (words) => {
  const known = document.getElementById("announcements");
  const place = known ?? Object.assign(document.createElement("div"), { id: "announcements", className: "sr-only" });
  place.setAttribute("role", "status");
  place.textContent = "";
  // What lies outside of an open dialog isn't read.
  (document.querySelector("dialog[open]") ?? document.querySelector("main")).append(place);
  requestAnimationFrame(() => (place.textContent = words));
};

// -- dialogs and menus --------------------------------------------------------------------------------------------

const open = (id) => {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
};

on("click", "[data-opens]", (opener, event) => {
  event.preventDefault();
  open(opener.dataset.opens);
});
on("click", "[data-closes]", (closer, event) => {
  event.preventDefault();
  closer.closest("dialog").close();
});
on("click", "dialog", (dialog, event) => {
  if (event.target === dialog) dialog.close();
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
on("click", "[data-dismiss]", (button) => button.parentElement.remove());

// -- go to a place: / or Ctrl K -----------------------------------------------------------------------------------

const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  const isSlash = event.key === "/" && !isTyping(event.target) && !event.ctrlKey && !event.metaKey;
  const isCtrlK = event.key === "k" && (event.ctrlKey || event.metaKey);
  if (!document.getElementById("go-to") || !(isSlash || isCtrlK)) return;
  event.preventDefault();
  open("go-to");
});

const places = (box) => [...box.closest("dialog").querySelectorAll("li")];
const choose = (rows, row) => rows.forEach((each) => each.classList.toggle("is-chosen", each === row));

on("input", "[data-goto]", (box) => {
  const wanted = box.value.trim().toLowerCase();
  for (const row of places(box)) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  const shown = places(box).filter((row) => !row.hidden);
  choose(places(box), shown[0]);
  box.closest("dialog").querySelector(".goto-none").hidden = shown.length > 0;
});
on("keydown", "[data-goto]", (box, event) => {
  const shown = places(box).filter((row) => !row.hidden);
  const at = shown.findIndex((row) => row.classList.contains("is-chosen"));
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    choose(places(box), shown[(at + step + shown.length) % shown.length]);
  }
  if (event.key === "Enter") (shown[at] ?? shown[0])?.querySelector("a").click();
});

// -- forms: a second click sends nothing --------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.classList.contains("button") || event.target.method === "get" || event.defaultPrevented) return;
  if ("downloads" in event.target.dataset) return; // the page stays, and another file may be wanted
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "yes";
  button.classList.add("is-sent");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll(".is-sent")) button.classList.remove("is-sent");
});

// -- colours ------------------------------------------------------------------------------------------------------

on("click", "[data-theme-choice]", (button) => {
  const theme = button.dataset.themeChoice;
  document.cookie = `theme=${theme}; path=/; max-age=${theme ? 31536000 : 0}; samesite=lax`;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  for (const other of button.parentElement.children) other.setAttribute("aria-pressed", other === button);
});

// -- times --------------------------------------------------------------------------------------------------------

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
// Who chose no time zone sees the browser's own; the cookie tells it to the server, for the next page.
const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
if (ownZone && !document.cookie.split("; ").includes(`time_zone=${ownZone}`))
  document.cookie = `time_zone=${ownZone}; path=/; max-age=31536000; samesite=lax`;
const exact = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "long",
  timeStyle: "long",
  timeZone: root.dataset.zone ?? ownZone,
});
const units = [["day", 86400], ["hour", 3600], ["minute", 60]];

const tell = (at) => {
  const seconds = (at - Date.now()) / 1000;
  if (Math.abs(seconds) < 45) return "just now";
  if (Math.abs(seconds) > 30 * 86400) return null;
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? units.at(-1);
  return relative.format(Math.round(seconds / size) || Math.sign(seconds), unit);
};
const tellAll = () => {
  for (const element of document.querySelectorAll("time[data-ago]")) {
    const at = new Date(element.dateTime);
    element.title = exact.format(at);
    const words = tell(at);
    if (words && words !== element.textContent) element.textContent = words;
  }
};
tellAll();
setInterval(tellAll, 20000);
document.addEventListener("htmx:load", tellAll);
