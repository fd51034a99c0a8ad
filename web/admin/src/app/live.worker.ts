/** One stream for all tabs of this browser: more than a few would use up what a browser opens to a server. */
import { Stream, type Told } from "./stream";

const ports = new Set<MessagePort>();
const stream = new Stream((told) => {
  for (const port of ports) port.postMessage(told);
});

(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = (event) => {
  const port = event.ports[0];
  if (!port) return;
  ports.add(port);
  port.onmessage = () => {
    ports.delete(port); // its page says goodbye
    if (ports.size === 0) stream.rest();
  };
  port.postMessage({ kind: "state", isOpen: stream.isOpen } satisfies Told);
  stream.open();
};
