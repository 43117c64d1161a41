(_, ...values) => {
  // The number of this change of the form: a later one is greater, whichever arrives first.
  window.skChanges = (window.skChanges ?? 0) + 1;
  return [window.skChanges, ...values];
}
