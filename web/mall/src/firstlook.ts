import { isBrowser } from "./platform";

const WAIT_MS = 15_000;

/** Take away what the server has drawn of this page, as soon as the application has drawn the same. */
export function uncover(): void {
  const block = isBrowser ? document.getElementById("first-look") : null;
  if (!block) return;
  const until = Date.now() + WAIT_MS;
  const look = () => {
    const isDrawn = document.querySelector("#app .picture, #app .wrong, #app .block");
    if (isDrawn || Date.now() > until) block.remove();
    else requestAnimationFrame(look);
  };
  look();
}
