// Puts the two images of each comparison on top of one another. A slider below them
// sets how much of the first image is visible.
for (const figure of document.querySelectorAll(".comparison")) {
  const pair = figure.querySelector(".pair");
  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = 0;
  slider.max = 100;
  slider.value = 50;
  slider.setAttribute("aria-label", `${figure.dataset.name}: share that is shown noisy`);
  const show = () => {
    pair.style.setProperty("--seen", `${slider.value}%`);
    slider.setAttribute("aria-valuetext", `${slider.value} %`);
  };
  slider.addEventListener("input", show);
  show();
  pair.classList.add("laid-over");
  pair.after(slider);
}
