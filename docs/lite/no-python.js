// JupyterLite says nothing when its Python cannot be had: cells wait for ever. This says it.

const KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel";

async function reason() {
  if (!("serviceWorker" in navigator)) {
    return "This page cannot keep your work: the browser allows that only over https and outside " +
      "of private windows. Notebooks open; answers are not saved. Open it in an ordinary window.";
  }
  const answer = await fetch(new URL("../jupyter-lite.json", location.href));
  const settings = (await answer.json())["jupyter-config-data"].litePluginSettings[KERNEL];
  const python = new URL(settings.pyodideUrl, new URL("../", location.href));
  try {
    const found = await fetch(python, { signal: AbortSignal.timeout(20000) });
    if (found.ok) return "";
  } catch {
    // told below
  }
  return `Python could not be loaded from ${python.host}: cells cannot run. Check the connection, ` +
    "or what blocks that address, then reload this page. Notebooks can be read, edited and " +
    "downloaded meanwhile.";
}

reason().then((text) => {
  if (!text) return;
  const line = document.createElement("div");
  line.id = "no-python";
  line.setAttribute("role", "alert");
  line.textContent = text;
  Object.assign(line.style, {
    position: "fixed", inset: "auto 0 0 0", zIndex: 10000, padding: "12px 48px 12px 16px",
    font: "16px/1.4 system-ui, sans-serif", background: "#7a1f00", color: "#fff",
  });
  const close = document.createElement("button");
  close.textContent = "×";
  close.setAttribute("aria-label", "Close this message");
  Object.assign(close.style, {
    position: "absolute", right: "8px", top: "8px", font: "20px/1 system-ui, sans-serif",
    color: "inherit", background: "none", border: "1px solid", width: "28px", height: "28px",
  });
  close.onclick = () => line.remove();
  line.append(close);
  document.body.append(line);
});
