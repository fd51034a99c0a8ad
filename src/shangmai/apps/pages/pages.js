"use strict";
// The language that the reader chose, else the one the server took from the browser's wish.
const root = document.documentElement;
const chosen = localStorage.getItem("shangmai.lang");
if (chosen === "en" || chosen === "zh-CN") root.lang = chosen;
const isChinese = () => root.lang !== "en";
const say = (zh, en) => (isChinese() ? zh : en);
document.getElementById("lang").addEventListener("click", () => {
  root.lang = isChinese() ? "en" : "zh-CN";
  localStorage.setItem("shangmai.lang", root.lang);
  document.dispatchEvent(new Event("lang"));
});
