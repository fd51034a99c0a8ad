/**
 * A mini-program's host for tests: it loads what was built, keeps the stack of pages, applies what setData says, and
 * lets fingers tap and type. What can be tapped is what the built templates bind; taps bubble as they do there.
 * Storage, requests and the ways between pages are those of WeChat's `wx` here, of Alipay's `my` in alipay.cjs; anything
 * else that they have is missing.
 */
const fs = require("node:fs");
const path = require("node:path");

const DEADLINE_MS = 60_000;

class Phone {
  constructor(folder, server) {
    this.folder = folder;
    this.server = server;
    this.stack = [];
    this.pages = {};
    this.toasts = [];
    this.requests = [];
    this.storage = new Map();
    this.errors = [];
    this.bound = this.bindings();
  }

  /** Which sorts of nodes take an event. */
  bindings() {
    return bindings(fs.readFileSync(path.join(this.folder, "base.wxml"), "utf8"), (type) => new RegExp(`(bind|catch):?${type}="eh"`));
  }

  /** Hand over what the platform gives its programs. */
  host() {
    globalThis.wx = this.api();
  }

  get page() {
    return this.stack[this.stack.length - 1];
  }

  async start() {
    const config = (this.config = JSON.parse(fs.readFileSync(path.join(this.folder, "app.json"), "utf8")));
    this.host();
    globalThis.getCurrentPages = () => [...this.stack];
    globalThis.getApp = () => this.app;
    globalThis.Component = () => undefined;
    globalThis.App = (app) => (this.app = app);
    require(path.join(this.folder, "app.js"));
    this.app.onLaunch?.({ path: config.pages[0], query: {}, scene: 1001 });
    this.app.onShow?.({ path: config.pages[0], query: {}, scene: 1001 });
    await this.open(`/${config.pages[0]}`);
  }

  async open(url) {
    const [file, search = ""] = url.replace(/^\//, "").split("?");
    let made = this.pages[file];
    if (!made) {
      globalThis.Page = (page) => (made = page);
      require(path.join(this.folder, `${file}.js`));
      this.pages[file] = made;
    }
    const page = Object.assign(Object.create(made), { route: file, data: structuredClone(made.data ?? {}), options: Object.fromEntries(new URLSearchParams(search)) });
    // The address stays encoded for a page, as it does there.
    page.options = Object.fromEntries(search.split("&").filter(Boolean).map((part) => part.split("=")));
    page.setData = (change, done) => {
      for (const [at, value] of Object.entries(change)) put(page.data, at, structuredClone(value));
      if (done) setTimeout(done);
    };
    this.page?.onHide?.();
    this.stack.push(page);
    await page.onLoad?.(page.options);
    page.onShow?.();
    page.onReady?.();
  }

  leave(count) {
    for (const gone of this.stack.splice(-count)) gone.onUnload?.();
  }

  api() {
    const fine = { errMsg: "ok" };
    const way = (before) => (given) => {
      before();
      return this.open(given.url).then(() => given.success?.(fine), (error) => this.errors.push(error));
    };
    const system = { language: "zh_CN", platform: "devtools", system: "iOS 17", SDKVersion: "3.8.0", windowWidth: 390, windowHeight: 844, screenWidth: 390, screenHeight: 844, pixelRatio: 3, statusBarHeight: 47, safeArea: {} };
    return {
      getSystemInfoSync: () => system,
      getWindowInfo: () => system,
      getAppBaseInfo: () => system,
      getDeviceInfo: () => system,
      getStorageSync: (key) => this.storage.get(key) ?? "",
      setStorageSync: (key, value) => void this.storage.set(key, value),
      removeStorageSync: (key) => void this.storage.delete(key),
      getStorageInfoSync: () => ({ keys: [...this.storage.keys()] }),
      navigateTo: way(() => undefined),
      redirectTo: way(() => this.leave(1)),
      reLaunch: way(() => this.leave(this.stack.length)),
      navigateBack: (given) => {
        this.leave(given?.delta ?? 1);
        this.page.onShow?.();
        given?.success?.(fine);
      },
      setNavigationBarTitle: (given) => given.success?.(fine),
      showToast: (given) => {
        this.toasts.push(given.title);
        given.success?.(fine);
      },
      showModal: (given) => given.success?.({ ...fine, confirm: true, cancel: false }),
      setClipboardData: (given) => given.success?.(fine),
      pageScrollTo: (given) => given.success?.(fine),
      nextTick: (then) => setTimeout(then),
      canIUse: () => false,
      request: (given) => {
        const aborted = new AbortController();
        void this.ask(given, aborted.signal);
        return { abort: () => aborted.abort(), onHeadersReceived: () => undefined, offHeadersReceived: () => undefined };
      },
    };
  }

  /** What the server answers: status, body, headers. */
  async fetched(given, headers, signal) {
    this.requests.push(given.url);
    const answer = await fetch(this.server + given.url, { method: given.method, headers, body: given.data, signal });
    const text = await answer.text();
    let data = text;
    try {
      data = JSON.parse(text);
    } catch {
      // What is no JSON is given as it is.
    }
    return { status: answer.status, data, headers: Object.fromEntries(answer.headers) };
  }

  async ask(given, signal) {
    let told;
    try {
      const { status, data, headers } = await this.fetched(given, given.header, signal);
      told = { statusCode: status, data, header: headers, errMsg: "request:ok" };
    } catch (error) {
      given.fail?.({ errMsg: `request:fail ${error}` });
      return;
    }
    given.success?.(told);
    given.complete?.(told);
  }

  /** Every node in front, each with those that it stands in, the outermost first. */
  *nodes() {
    const walk = function* (node, above) {
      yield { node, above };
      for (const child of node.cn ?? []) yield* walk(child, [...above, node]);
    };
    yield* walk(this.page.data.root ?? {}, []);
  }

  text(node = this.page.data.root) {
    return `${node?.v ?? ""}${(node?.cn ?? []).map((child) => this.text(child)).join("")}`;
  }

  /** The last node that fits and does not hold another that does. */
  find(fits) {
    let found;
    for (const each of this.nodes()) if (fits(each.node)) found = each;
    return found;
  }

  async until(what, seen) {
    const end = Date.now() + DEADLINE_MS;
    for (;;) {
      const found = seen();
      if (found) return found;
      if (this.errors.length) throw this.errors[0];
      if (Date.now() > end) throw new Error(`waited for ${what} at ${this.page?.route}; told: ${this.toasts}; shown: ${this.text().slice(0, 1500)}`);
      await new Promise((then) => setTimeout(then, 20));
    }
  }

  /** Wait until the page in front says so. */
  async see(text) {
    await this.until(`“${text}”`, () => this.text().includes(text));
  }

  async at(route) {
    await this.until(route, () => this.page?.route === route && this.page.data.root?.cn?.length);
  }

  /** Tap what says exactly this, or is called so. */
  async tap(name) {
    const { node, above } = await this.until(`something to tap called “${name}”`, () =>
      this.find((each) => (this.text(each).trim() === name || labelOf(each) === name) && each.sid),
    );
    this.fire("tap", node, above, {});
  }

  /** Tap the first of a class. */
  async tapFirst(name) {
    const { node, above } = await this.until(`.${name}`, () => [...this.nodes()].find((each) => (each.node.cl ?? "").split(" ").includes(name)));
    this.fire("tap", node, above, {});
  }

  async type(name, value) {
    const { node, above } = await this.until(`a field called “${name}”`, () => this.find((each) => labelOf(each) === name || each.p?.placeholder === name || Object.values(each).includes(name)));
    this.fire("input", node, above, { value });
  }

  /** From the node outwards, at each that the templates bind it at. */
  fire(type, node, above, detail) {
    const target = { id: node.uid ?? node.sid, dataset: { sid: node.sid } };
    const way = type === "tap" ? [node, ...above.toReversed()] : [node];
    for (const each of way) {
      if (!each.sid || !this.bound(each.nn, type)) continue;
      this.page.eh({ type, target, currentTarget: { id: each.uid ?? each.sid, dataset: { sid: each.sid } }, detail, timeStamp: Date.now() });
    }
  }
}

const labelOf = (node) => node.ariaLabel ?? node["aria-label"];

/** Which sorts of nodes take an event, by the templates' own words; `binds`: how they say it of a type. */
function bindings(wxml, binds) {
  const takes = new Map();
  for (const [, sort, body] of wxml.matchAll(/<template name="tmpl_\d+_(\w+)">([^]*?)<\/template>/g)) {
    const whole = sort.replace(/_(focus|blur)$/, "");
    takes.set(whole, (takes.get(whole) ?? "") + body);
  }
  return (sort, type) => binds(type).test(takes.get(String(sort)) ?? "");
}

/** `root.cn.[0].cn.[2].v`: where setData puts a value. */
function put(data, at, value) {
  const steps = at.replaceAll("[", "").replaceAll("]", "").split(".");
  let into = data;
  for (const step of steps.slice(0, -1)) into = into[step] ??= {};
  into[steps.at(-1)] = value;
}

module.exports = { Phone, bindings };
