// Before the first paint, so that nothing flashes: what the person chose last time.
(() => {
  const { dataset } = document.documentElement;
  let kept = {};
  try {
    kept = localStorage;
  } catch {} // a browser that keeps nothing for us
  const korean = navigator.languages.some((tongue) => tongue.startsWith("ko"));
  dataset.theme = kept["anbu.theme"] || "auto";
  dataset.size = kept["anbu.size"] || "1";
  document.documentElement.lang = kept["anbu.lang"] || (korean ? "ko" : "en");
})();
