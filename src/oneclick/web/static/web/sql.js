// The SQL page: Ctrl Enter runs the query, and while its answer is awaited, a button stops it.
const form = document.querySelector("[data-sql-form]");
const text = form?.querySelector("[data-sql]");
const running = form?.querySelector("[data-sql-running]");
const run = form?.querySelector("[data-sql-run]");

text?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit(run);
});

// -- while it runs: the old page stays until the answer is there ----------------------------------------------------

let clock;

form?.addEventListener("submit", () => {
  if (clock) return;
  const began = Date.now();
  const seconds = running.querySelector("[data-sql-seconds]");
  clock = setInterval(() => {
    running.hidden = Date.now() - began < 800;
    seconds.textContent = `${Math.floor((Date.now() - began) / 1000)} s`;
  }, 200);
});
window.addEventListener("pageshow", () => {
  clearInterval(clock);
  clock = undefined;
  if (running) running.hidden = true;
});

// -- stopping it: the newest running query that is this one, by the REST API ----------------------------------------

const find = async () => {
  const warehouse = form.elements.warehouse.value;
  const answer = await fetch(`/api/queries?limit=50&warehouse=${encodeURIComponent(warehouse)}`);
  if (!answer.ok) return undefined;
  const { items } = await answer.json();
  const isOurs = (each) => each.state === "running" && each.asked_by === form.dataset.askedBy && each.sql === text.value;
  return items.find(isOurs);
};

running?.querySelector("[data-sql-stop]").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  button.disabled = true;
  const found = await find();
  const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
  const stopped = found && (await fetch(`/api/queries/${found.id}/cancel`, { method: "POST", headers }));
  if (!stopped?.ok) button.disabled = false;
});
