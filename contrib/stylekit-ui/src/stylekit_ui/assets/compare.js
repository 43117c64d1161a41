// The view and the place of the wipe belong to the element, so that they stay while images change.
element.dataset.view = "wipe";
const show = (split) => {
  element.style.setProperty("--split", `${split}%`);
  const range = element.querySelector("input[type=range]");
  if (range) range.value = split;
};
show(50);
element.addEventListener("input", (event) => {
  if (event.target.type === "range") show(event.target.value);
  if (event.target.type === "radio") element.dataset.view = event.target.value;
});
// A new result brings new buttons, which must show the chosen view.
watch("value", () => {
  show(parseFloat(element.style.getPropertyValue("--split")));
  for (const radio of element.querySelectorAll("input[type=radio]"))
    radio.checked = radio.value === element.dataset.view;
});
