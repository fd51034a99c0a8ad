"use strict";
const at = (id) => document.getElementById(id);
let last = null;

function lasting(seconds) {
  const units = [[86400, "天", "d"], [3600, "小时", "h"], [60, "分", "min"], [1, "秒", "s"]];
  const first = units.findIndex(([size]) => seconds >= size);
  const from = first < 0 ? 3 : first;
  let rest = Math.max(0, Math.floor(seconds));
  return units.slice(from, from + 2).map(([size, zh, en]) => {
    const n = Math.floor(rest / size);
    rest -= n * size;
    return `${n} ${say(zh, en)}`;
  }).join(" ");
}

function show() {
  if (!last) return;
  const { health, ready } = last;
  const good = health && health.status === "ok";
  const all = good && ready && ready.ready;
  at("dot").className = all ? "ok" : good ? "warn" : "bad";
  at("state").textContent = all ? say("运行正常", "All is well")
    : good ? say("已启动，后台尚未就绪", "Up, the worker is not ready yet")
    : health ? say("数据库没有应答", "The database does not answer") : say("服务没有应答", "No answer from the server");
  document.querySelector(".vitals").classList.toggle("away", !good);
  at("db").textContent = health && health.database_ms != null ? `${health.database_ms} ms` : "–";
  const seen = ready && ready.worker_seen_s_ago;
  at("worker").textContent = seen == null ? say("未见", "not seen") : say(`${seen.toFixed(0)} 秒前`, `${seen.toFixed(0)} s ago`);
  at("uptime").textContent = health ? lasting(health.uptime_s) : "–";
  at("version").textContent = health ? health.version : "–";
}

async function ask(path) {
  try { return await (await fetch(path, { headers: { accept: "application/json" } })).json(); } catch { return null; }
}

async function look() {
  const [health, ready] = await Promise.all([ask("/healthz"), ask("/readyz")]);
  last = { health, ready };
  show();
  setTimeout(look, document.hidden ? 15000 : 3000);
}

async function introduce() {
  const about = await ask("/api/v1/about");
  if (!about || !about.demo_logins || !about.demo_logins.length) return;
  at("logins").replaceChildren(...about.demo_logins.map((one) => {
    const row = document.createElement("tr");
    for (const text of [say(one.role, one.role_en), one.login, one.password]) {
      const cell = row.insertCell();
      const code = document.createElement(row.cells.length > 1 ? "code" : "span");
      code.textContent = text;
      cell.append(code);
    }
    return row;
  }));
  at("demo").hidden = false;
}

document.addEventListener("lang", () => { show(); introduce(); });
look();
introduce();
