import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useSay } from "../i18n";

interface Found {
  rawValue: string;
}
interface Detector {
  detect: (source: HTMLVideoElement) => Promise<Found[]>;
}
declare global {
  interface Window {
    BarcodeDetector?: new () => Detector;
  }
}

const SLOWEST_MS = 5_000;
const LOOK_MS = 150;
const PAUSE_MS = 400;
const FAST_MS = 50;

/** Whether keys that went into a field for a number came from a scanner: people type digits only, and slower. */
const isScan = (keys: string, lasting_ms: number): boolean => /\D/.test(keys) || (keys.length >= 6 && lasting_ms / keys.length < FAST_MS);

/** Take out of a field what a scanner has typed into it, and leave it. */
function takeBack(field: HTMLInputElement, keys: string): void {
  const digits = keys.replace(/\D/g, "");
  const before = field.value.endsWith(digits) ? field.value.slice(0, field.value.length - digits.length) : field.value;
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(field, before);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.blur();
}

/**
 * Whatever a scanner types ends with Enter, wherever the page's focus is; a field that people type into keeps its keys,
 * but for one that takes numbers (`data-number`). A page hears from the moment it is there. One scan is handled after the other, each when the page shows what the
 * one before has changed: scanners are fast.
 */
export function useScans(onScan: (text: string) => void | Promise<void>): (text: string) => void {
  const newest = useRef(onScan);
  newest.current = onScan;
  const turn = useRef<Promise<void>>(Promise.resolve());
  const [asked, setAsked] = useState(0);
  const shown = useRef<() => void>(() => undefined);
  useLayoutEffect(() => shown.current(), [asked]);
  const give = useRef((text: string) => {
    const scanned = text.trim();
    if (!scanned) return;
    turn.current = turn.current.then(async () => {
      await new Promise<void>((resolve) => {
        shown.current = resolve;
        setAsked((before) => before + 1);
      });
      try {
        await newest.current(scanned);
      } catch (error) {
        reportError(error);
      }
    });
  });
  useLayoutEffect(() => {
    let typed = "";
    let first = 0;
    let last = 0;
    const hear = (event: KeyboardEvent) => {
      const field = event.target instanceof HTMLInputElement ? event.target : null;
      const isNumber = field?.dataset.number !== undefined;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (field && !isNumber) {
        typed = "";
        if (event.key === "Enter" && !field.form) field.blur();
        return;
      }
      if (event.timeStamp - last > (isNumber ? PAUSE_MS : SLOWEST_MS)) typed = "";
      last = event.timeStamp;
      if (event.key === "Enter") {
        const keys = typed;
        typed = "";
        if (isNumber && field && !isScan(keys, last - first)) return field.blur();
        if (!keys) return;
        event.preventDefault(); // not a press of the button that has the focus
        if (field) takeBack(field, keys);
        give.current(keys);
      } else if (event.key.length === 1) {
        if (event.key === " ") event.preventDefault();
        if (!typed) first = event.timeStamp;
        typed += event.key;
      }
    };
    window.addEventListener("keydown", hear, true);
    document.body.dataset.hears = ""; // whoever drives the page by a program waits for it
    return () => {
      window.removeEventListener("keydown", hear, true);
      delete document.body.dataset.hears;
    };
  }, []);
  return give.current;
}

/** What is to be scanned next, a field for what no scanner reads, and the camera where the browser can read codes. */
export function ScanBar({ asks, onScan }: { asks: string; onScan: (text: string) => void }) {
  const say = useSay();
  const [text, setText] = useState("");
  const [isLooking, setLooking] = useState(false);
  const canSee = window.BarcodeDetector !== undefined && navigator.mediaDevices !== undefined;
  return (
    <div className="pda-scan">
      {isLooking && (
        <Camera
          onScan={(found) => {
            setLooking(false);
            onScan(found);
          }}
          onClose={() => setLooking(false)}
        />
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onScan(text);
          setText("");
          (document.activeElement as HTMLElement | null)?.blur();
        }}
      >
        <input aria-label={say("pda.scan_field")} placeholder={asks} value={text} onChange={(event) => setText(event.target.value)} autoComplete="off" autoCapitalize="characters" enterKeyHint="done" />
        {canSee && (
          <button type="button" className="pda-icon" aria-label={say("pda.camera")} onClick={() => setLooking(true)}>
            ▣
          </button>
        )}
        <button type="submit" className="pda-icon" aria-label={say("pda.enter")}>
          ⏎
        </button>
      </form>
    </div>
  );
}

function Camera({ onScan, onClose }: { onScan: (text: string) => void; onClose: () => void }) {
  const say = useSay();
  const video = useRef<HTMLVideoElement>(null);
  const [isDenied, setDenied] = useState(false);
  const newest = useRef(onScan);
  newest.current = onScan;
  useEffect(() => {
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const detector = window.BarcodeDetector && new window.BarcodeDetector();
    const look = async () => {
      const found = video.current && video.current.readyState > 1 ? await detector?.detect(video.current) : [];
      if (isOver) return;
      if (found?.[0]) newest.current(found[0].rawValue);
      else timer = setTimeout(() => void look(), LOOK_MS);
    };
    navigator.mediaDevices
      .getUserMedia({ video: { facingMode: "environment" } })
      .then(async (opened) => {
        stream = opened;
        if (isOver || !video.current) return opened.getTracks().forEach((track) => track.stop());
        video.current.srcObject = opened;
        await video.current.play();
        return look();
      })
      .catch(() => setDenied(true));
    return () => {
      isOver = true;
      clearTimeout(timer);
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, []);
  return (
    <div className="pda-camera">
      {isDenied ? <p>{say("pda.camera_denied")}</p> : <video ref={video} muted playsInline />}
      <button type="button" className="pda-button" onClick={onClose}>
        {say("pda.close")}
      </button>
    </div>
  );
}
