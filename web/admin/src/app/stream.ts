export type Topics = Record<string, string[] | null>;
export type Told = { kind: "changed"; topics: Topics } | { kind: "again" } | { kind: "state"; isOpen: boolean };

const AGAIN_MS = 5_000;

/** The stream of changes. A short break the browser mends by itself, and is told what it missed; after a refusal, such
 *  as of a session that has ended or of a server that is starting, it begins anew. */
export class Stream {
  isOpen = false;
  private source: EventSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (told: Told) => void) {}

  /** Listen from now on, unless it does already. */
  open(): void {
    if (this.source && this.source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.timer);
    const source = new EventSource("/api/v1/live");
    this.source = source;
    source.onopen = () => this.be(true);
    source.onerror = () => {
      this.be(false);
      if (source.readyState === EventSource.CLOSED) this.timer = setTimeout(() => this.open(), AGAIN_MS);
    };
    source.addEventListener("again", () => this.tell({ kind: "again" }));
    source.addEventListener("changed", (event) => {
      const topics = JSON.parse((event as MessageEvent<string>).data) as Topics;
      if (Object.keys(topics).length > 0) this.tell({ kind: "changed", topics });
    });
  }

  /** Nobody hears: what is open stays so for whoever comes next, but nothing begins anew. */
  rest(): void {
    clearTimeout(this.timer);
  }

  close(): void {
    this.rest();
    this.source?.close();
  }

  private be(isOpen: boolean): void {
    if (this.isOpen === isOpen) return;
    this.isOpen = isOpen;
    this.tell({ kind: "state", isOpen });
  }
}
