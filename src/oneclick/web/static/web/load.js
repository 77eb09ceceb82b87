// Sending a file: dropped onto the page or chosen, with its progress. Without a script the form does the same, silently.
// Everything is looked up when it is needed: an answer that says what is wrong takes the place of the page's content.
const form = () => document.querySelector("[data-drop]");
const part = (name) => form().querySelector(`[data-drop-${name}]`);
const input = () => form().querySelector("input[type=file]");

const say = (words) => {
  part("error").textContent = words;
  part("error").hidden = !words;
};

const isFine = () => {
  const [file] = input().files;
  const most = Number(input().dataset.mostBytes);
  const isTooLarge = file && file.size > most;
  say(isTooLarge ? `This file is too large: at most ${Math.floor(most / 1e6).toLocaleString("en")} MB are taken here.` : "");
  return file && !isTooLarge;
};

document.addEventListener("change", (event) => event.target === input() && isFine());

// -- dropping -------------------------------------------------------------------------------------------------------

const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
let depth = 0;

const mark = (change) => {
  depth = Math.max(depth + change, 0);
  form().classList.toggle("is-over", depth > 0);
};

window.addEventListener("dragenter", (event) => holdsFiles(event) && mark(1));
window.addEventListener("dragleave", (event) => holdsFiles(event) && mark(-1));
window.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
window.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  mark(-depth);
  const { files } = event.dataTransfer;
  if (files.length !== 1) return say("Drop one file at a time.");
  input().files = files;
  if (isFine()) form().requestSubmit(form().querySelector("button[type=submit]"));
});

// -- sending --------------------------------------------------------------------------------------------------------

const tell = (event) => {
  if (!event.lengthComputable) return;
  const percent = Math.floor((event.loaded / event.total) * 100);
  part("sending").querySelector("progress").value = percent;
  part("percent").textContent = `${percent} %`;
};

const fail = (words) => {
  part("sending").hidden = true;
  delete form().dataset.sent;
  form().querySelector(".is-sent")?.classList.remove("is-sent");
  say(words);
};

// The answer is a page: the next one, or this one with what is wrong.
const show = (request) => {
  if (request.status === 200) return location.assign(request.responseURL);
  const main = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
  if (!main) return fail("The file didn't arrive. Try again.");
  document.querySelector("main").replaceWith(main);
  main.focus();
};

// In the capturing phase, before the form is marked as sent.
document.addEventListener(
  "submit",
  (event) => {
    if (event.target !== form()) return;
    if (!input().files.length) return; // the server says what is missing
    event.preventDefault();
    if (!isFine() || form().dataset.sent) return;
    form().dataset.sent = "yes";
    part("sending").hidden = false;
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", tell);
    request.addEventListener("load", () => show(request));
    request.addEventListener("error", () => fail("The file didn't arrive: the connection broke. Try again."));
    request.open("POST", form().action);
    request.send(new FormData(form()));
  },
  { capture: true },
);
