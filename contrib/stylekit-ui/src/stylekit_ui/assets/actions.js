// A click on a button with data-action sends it, and its data-value, to the page's server.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action]");
  if (!button) return;
  // For functions in the browser, which get no events.
  (window.skClicked ??= {})[element.closest(".block").id] = button.dataset.value;
  trigger(button.dataset.action, { value: button.dataset.value });
});
// The names of the events, for Gradio to find: 'select', 'delete'.
