// A strip of pictures. With data.moves it is put in order by drag or arrow keys; a click chooses one.
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".strip");
  root.setAttribute("aria-label", data.label);

  const card = (item) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "card";
    button.dataset.id = item.id;
    button.draggable = data.moves;
    button.setAttribute("aria-label", item.says);
    button.style.setProperty("--shape", item.shape);
    const picture = document.createElement(item.picture ? "img" : "span");
    picture.className = "picture";
    if (item.picture) { picture.src = item.picture; picture.alt = ""; picture.draggable = false; }
    const colours = document.createElement("span");
    colours.className = "colours";
    for (const [hex, share] of item.colours) {
      const swatch = document.createElement("i");
      swatch.style.background = hex;
      swatch.style.flexGrow = share;
      colours.append(swatch);
    }
    const title = document.createElement("b");
    title.textContent = item.title;
    const note = document.createElement("small");
    note.textContent = item.note;
    button.append(picture, colours, title, note);
    return button;
  };

  const focused = root.getRootNode().activeElement?.dataset?.id;
  root.replaceChildren(...data.items.map(card));
  root.querySelector(`[data-id="${focused}"]`)?.focus();

  const order = () => [...root.children].map((each) => each.dataset.id);
  const tell = () => { if (order().join() !== data.items.map((i) => i.id).join()) setTriggerValue("order", order()); };
  root.onclick = (event) => {
    const chosen = event.target.closest(".card");
    if (chosen) setTriggerValue("chosen", chosen.dataset.id);
  };
  if (!data.moves) return;

  let held = null;
  root.ondragstart = (event) => {
    held = event.target.closest(".card");
    event.dataTransfer.effectAllowed = "move";
    held.classList.add("held");
  };
  root.ondragover = (event) => {
    event.preventDefault();
    const under = event.target.closest(".card");
    if (!under || !held || under === held) return;
    const place = under.getBoundingClientRect();
    root.insertBefore(held, event.clientX > place.left + place.width / 2 ? under.nextSibling : under);
  };
  root.ondragend = () => {
    held?.classList.remove("held");
    held = null;
    tell();
  };
  root.onkeydown = (event) => {
    const chosen = event.target.closest(".card");
    if (!chosen) return;
    const back = event.key === "ArrowLeft" && chosen.previousElementSibling;
    const on = event.key === "ArrowRight" && chosen.nextElementSibling;
    if (!back && !on) return;
    event.preventDefault();
    root.insertBefore(chosen, back || on.nextSibling);
    chosen.focus();
    clearTimeout(root.waiting);
    root.waiting = setTimeout(tell, 600);   // several presses are one move
  };
}
