// Lays the two images of a comparison over one another, and a slider below them says
// how much of the first is seen.
for (const figure of document.querySelectorAll(".comparison")) {
  const pair = figure.querySelector(".pair");
  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = 0;
  slider.max = 100;
  slider.value = 50;
  slider.setAttribute("aria-label", `${figure.dataset.name}: share of it shown noisy`);
  const show = () => {
    pair.style.setProperty("--seen", `${slider.value}%`);
    slider.setAttribute("aria-valuetext", `${slider.value} %`);
  };
  slider.addEventListener("input", show);
  show();
  pair.classList.add("laid-over");
  pair.after(slider);
}
