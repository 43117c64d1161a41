// A slider, on a logarithmic scale where props.log is set, and a field for an exact number.
// The value of the component changes when the user lets go, and with each key.
const rounded = (value) => Number(value.toPrecision(2));
const at = (position) => {
  const part = position / props.steps;
  const { low, high } = props;
  const value = props.log ? low * (high / low) ** part : low + (high - low) * part;
  return Math.min(high, Math.max(low, rounded(value)));
};
const number = () => element.querySelector("input[type=number]");
element.addEventListener("input", (event) => {
  if (event.target.type === "range") number().value = at(Number(event.target.value));
});
element.addEventListener("change", (event) => {
  const typed = Number(event.target.value);
  if (event.target.value === "" || Number.isNaN(typed)) return;
  props.value = event.target.type === "range" ? at(typed) : typed;
  trigger("input");
});
