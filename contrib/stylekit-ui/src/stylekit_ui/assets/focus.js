() => {
  // Run and Stop take each other's place, and a button that goes takes the keyboard's focus along.
  const [stop, run] = ["KIND-stop", "KIND-run"].map((id) => () => document.getElementById(id));
  const start = Date.now();
  let stopped = false;
  const timer = setInterval(() => {
    const button = stop() || run();
    if (document.activeElement === document.body && button) button.focus({ preventScroll: true });
    stopped = stopped || Boolean(stop());
    if (run() && (stopped || Date.now() - start > 20000)) clearInterval(timer);
  }, 50);
}
