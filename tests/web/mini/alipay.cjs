/**
 * Alipay's host: the same pages and fingers as phone.cjs, with what `my` gives in the place of `wx`. Its ways differ:
 * storage takes and gives objects, a question is `confirm`, and a request fails whose answer is any other than 200,
 * with the answer in the failure.
 */
const fs = require("node:fs");
const path = require("node:path");
const { Phone, bindings } = require("./phone.cjs");

const HTTP_ERROR = 19;
const NO_NETWORK = 12;

class AlipayPhone extends Phone {
  bindings() {
    const said = (type) => `on${type[0].toUpperCase()}${type.slice(1)}|catch${type[0].toUpperCase()}${type.slice(1)}`;
    return bindings(fs.readFileSync(path.join(this.folder, "base.axml"), "utf8"), (type) => new RegExp(`(${said(type)})="eh"`));
  }

  host() {
    globalThis.my = this.api();
  }

  api() {
    const { navigateTo, redirectTo, reLaunch, navigateBack, pageScrollTo, nextTick, getSystemInfoSync, getWindowInfo } = super.api();
    const fine = {};
    const asked = (given) => {
      const aborted = new AbortController();
      void this.ask(given, aborted.signal);
      return { abort: () => aborted.abort() };
    };
    return {
      navigateTo, redirectTo, reLaunch, navigateBack, pageScrollTo, nextTick, getWindowInfo,
      getSystemInfoSync: () => ({ ...getSystemInfoSync(), app: "alipay", language: "zh-Hans", version: "10.5.0" }),
      getStorageSync: ({ key }) => ({ data: this.storage.get(key) ?? null }),
      setStorageSync: ({ key, data }) => void this.storage.set(key, data),
      removeStorageSync: ({ key }) => void this.storage.delete(key),
      getStorageInfoSync: () => ({ keys: [...this.storage.keys()] }),
      setNavigationBar: (given) => given.success?.(fine),
      showToast: (given) => {
        this.toasts.push(given.content);
        given.success?.(fine);
      },
      confirm: (given) => given.success?.({ confirm: true }),
      setClipboard: (given) => given.success?.(fine),
      canIUse: (name) => name === "request",
      request: asked,
    };
  }

  async ask(given, signal) {
    let told;
    try {
      told = await this.fetched(given, given.headers, signal);
    } catch (error) {
      told = { error: NO_NETWORK, errorMessage: String(error) };
    }
    if (told.status === 200) given.success?.(told);
    else given.fail?.({ error: HTTP_ERROR, ...told });
    given.complete?.(told);
  }
}

module.exports = { AlipayPhone };
