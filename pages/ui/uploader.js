// Streams one file after another to the server as raw bytes, with progress, cancel and drop.
export default function ({ data, parentElement, setTriggerValue }) {
  const find = (name) => parentElement.querySelector(name);
  const box = find(".box"), input = find("input"), bar = find("progress"), words = find(".words"), stop = find(".stop");
  find(".label").textContent = data.label;
  find(".hint").textContent = data.hint;
  input.accept = data.accept;
  input.multiple = data.several;
  input.setAttribute("aria-label", data.label);

  const say = (text, bad) => {
    words.textContent = text;
    words.classList.toggle("bad", Boolean(bad));
  };

  const busy = (on) => {
    bar.hidden = stop.hidden = !on;
    input.disabled = on;
    if (!on) input.value = "";
  };

  const reply = (request) => {
    try { return JSON.parse(request.responseText); } catch { return {}; }
  };

  const send = (file) => new Promise((done) => {
    if (file.size > data.max_bytes) {
      say(`${file.name} is larger than ${Math.round(data.max_bytes / 1e6)} MB. Choose a smaller file.`, true);
      return done(null);
    }
    const request = new XMLHttpRequest();
    request.open("PUT", data.url + "?name=" + encodeURIComponent(file.name));
    request.setRequestHeader("X-Reprise", "1");
    request.upload.onprogress = (event) => {
      bar.max = event.total;
      bar.value = event.loaded;
      const part = Math.round((100 * event.loaded) / event.total);
      say(part < 100 ? `Uploading ${file.name}: ${part} %` : `Checking ${file.name}`);
    };
    request.onload = () => {
      const answer = reply(request);
      if (request.status < 300) {
        say(answer.message || `${file.name} is here.`);
        done(answer.asset || "");
      } else {
        say([answer.message || `The upload failed (${request.status}).`, answer.remedy].filter(Boolean).join(" "), true);
        done(null);
      }
    };
    request.onerror = () => { say("The connection broke. Choose the file again.", true); done(null); };
    request.onabort = () => { say("Upload cancelled."); done(null); };
    stop.onclick = () => request.abort();
    bar.removeAttribute("value");
    request.send(file);
  });

  const sendAll = async (files) => {
    const wanted = data.several ? files : files.slice(0, 1);
    if (!wanted.length || input.disabled) return;
    busy(true);
    const arrived = [];
    for (const file of wanted) {
      const asset = await send(file);
      if (asset === null) break;
      arrived.push(asset);
    }
    busy(false);
    if (arrived.length) setTriggerValue("done", arrived);
  };

  input.onchange = () => sendAll([...input.files]);
  box.ondragover = (event) => { event.preventDefault(); box.classList.add("over"); };
  box.ondragleave = () => box.classList.remove("over");
  box.ondrop = (event) => {
    event.preventDefault();
    box.classList.remove("over");
    sendAll([...event.dataTransfer.files]);
  };
}
