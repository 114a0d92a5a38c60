// A desktop without a language calls it “C”: no language that `Intl` knows, and uPlot asks it as soon as it is loaded.
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true });
}

export {};
