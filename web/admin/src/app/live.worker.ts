/** One connection for all tabs of this browser: more than a few streams would use up what a browser opens to a server. */
interface Told {
  kind: "changed" | "again" | "state";
  topics?: Record<string, string[] | null>;
  isOpen?: boolean;
}

const AGAIN_MS = 5_000;
const ports = new Set<MessagePort>();
let source: EventSource | null = null;
let isOpen = false;

function tell(told: Told): void {
  for (const port of ports) port.postMessage(told);
}

function listen(): void {
  source?.close();
  source = new EventSource("/api/v1/live");
  source.onopen = () => {
    isOpen = true;
    tell({ kind: "state", isOpen });
  };
  source.addEventListener("changed", (event) => {
    const topics = JSON.parse((event as MessageEvent<string>).data) as Record<string, string[] | null>;
    if (Object.keys(topics).length > 0) tell({ kind: "changed", topics });
  });
  source.addEventListener("again", () => tell({ kind: "again" }));
  source.onerror = () => {
    if (isOpen) tell({ kind: "state", isOpen: false });
    isOpen = false;
    // A refusal, such as of a session that has ended, is final for the browser; the pages may have a new one soon.
    if (source?.readyState === EventSource.CLOSED) setTimeout(() => ports.size > 0 && listen(), AGAIN_MS);
  };
}

(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = (event) => {
  const port = event.ports[0];
  if (!port) return;
  ports.add(port);
  port.onmessage = (asked: MessageEvent<string>) => {
    if (asked.data === "bye") ports.delete(port);
    else listen();
  };
  port.postMessage({ kind: "state", isOpen } satisfies Told);
  if (!source || source.readyState === EventSource.CLOSED) listen();
};
