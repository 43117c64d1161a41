"use strict";
const at = (path) => path + location.search;
const find = (id) => document.getElementById(id);
let ended = false;

async function send(order) {
  const answer = await fetch(at("control"), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(order),
  });
  show(await answer.json());
}

function show(state) {
  find("state").textContent =
    `${state.fps.toFixed(1)} frames a second, ${state.shown} shown, ${state.dropped} dropped`;
  find("dial").hidden = state.strength === null;
  if (state.strength === null) return;
  const slider = find("strength");
  [slider.min, slider.max] = state.limits;
  slider.step = state.step;
  if (document.activeElement !== slider) slider.value = state.strength;
  find("value").textContent = state.strength.toFixed(2);
}

async function look() {
  try {
    show(await (await fetch(at("state"))).json());
  } catch {
    ended = true;
    find("state").textContent = "The session has ended.";
    find("stop").disabled = true;
  }
  if (!ended) setTimeout(look, 1000);
}

find("strength").addEventListener("input", (event) => send({ strength: Number(event.target.value) }));
find("stop").addEventListener("click", () => send({ key: "q" }));
document.addEventListener("keydown", (event) => {
  const key = { ArrowUp: "up", ArrowDown: "down", q: "q" }[event.key];
  if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  send({ key });
});
find("stream").src = at("stream.mjpg");
look();
