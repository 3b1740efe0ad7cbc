// One size for every screen; the whole deck on paper with ?print-pdf.
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
Reveal.initialize({
  width: 1280, height: 720, margin: 0.03, center: false, hash: true, slideNumber: "c/t",
  transition: still ? "none" : "slide", pdfMaxPagesPerSlide: 1, pdfSeparateFragments: false,
  plugins: [RevealNotes],
});
