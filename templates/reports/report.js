// The filter, the copy buttons and printing: the page is whole without them.
(() => {
  "use strict";

  const find = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const counted = (number, one, many) => `${number} ${number === 1 ? one : many}`;

  // ---- filter
  const form = find("filter");
  const hosts = all(".host").map((element) => ({
    element,
    open: element.open,
    text: element.dataset.find.toLowerCase(),
    groups: all(".group", element).map((group) => ({
      element: group,
      text: group.dataset.find.toLowerCase(),
      entries: all(":scope > ul > li", group).map((entry) => ({ element: entry, text: null })),
    })),
  }));
  const total = hosts.reduce((sum, host) => host.groups.reduce((n, g) => n + g.entries.length, sum), 0);

  const textOf = (entry, group) => {
    if (entry.text === null) {
      const line = entry.element.querySelector("summary, .line");
      entry.text = `${group.text} ${line.textContent.toLowerCase()}`;
    }
    return entry.text;
  };

  const hasState = (element, state) =>
    state === "" || (state === "*" ? element.className !== "quiet" : element.dataset.state === state);

  const filter = () => {
    const state = find("by-state").value;
    const host = find("by-host").value.trim().toLowerCase();
    const step = find("by-step").value.trim().toLowerCase();
    const filtering = state !== "" || host !== "" || step !== "";
    let entries = 0;
    let seen = 0;
    for (const one of hosts) {
      const named = one.text.includes(host);
      let here = 0;
      for (const group of one.groups) {
        let shown = 0;
        for (const entry of group.entries) {
          const fits = named && hasState(entry.element, state) &&
            (step === "" || textOf(entry, group).includes(step));
          entry.element.hidden = !fits;
          shown += fits;
        }
        group.element.hidden = shown === 0;
        here += shown;
      }
      const fits = here > 0 || (named && state === "" && step === "");
      one.element.hidden = !fits;
      one.element.open = filtering ? fits : one.open;
      entries += here;
      seen += fits;
    }
    form.classList.toggle("on", filtering);
    const of = filtering ? [`Showing ${entries} of `, `${seen} of `] : ["", ""];
    find("shown").textContent =
      `${of[0]}${counted(total, "entry", "entries")} on ${of[1]}${counted(hosts.length, "host", "hosts")}`;
  };

  let waiting = 0;
  const soon = (milliseconds) => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, milliseconds);
  };
  for (const event of ["input", "change"]) form.addEventListener(event, () => soon(150));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => soon(0));
  form.hidden = false;
  filter();

  // ---- copy
  const copied = async (code) => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      return true;
    } catch {
      getSelection().selectAllChildren(code);
      return document.execCommand("copy");
    }
  };
  for (const button of all("button.copy")) {
    const code = button.parentElement.querySelector("code");
    button.setAttribute("aria-label", `Copy ${code.textContent}`);
    button.hidden = false;
    button.addEventListener("click", async () => {
      const done = await copied(code);
      button.textContent = done ? "Copied" : "Selected";
      find("copied").textContent = done ? "Copied" : "Selected: copy it with the keyboard";
    });
  }

  // ---- print: nothing is left folded
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
})();
