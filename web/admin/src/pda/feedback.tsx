import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from "react";

export type Mood = "good" | "bad" | "wait";

interface Verdict {
  mood: Mood;
  text: string;
  detail: string;
  n: number;
}

type Tell = (mood: Mood, text: string, detail?: string) => void;

const Telling = createContext<{ verdict: Verdict | null; tell: Tell; hush: () => void }>({ verdict: null, tell: () => undefined, hush: () => undefined });

let sound: AudioContext | undefined;

function tone(hertz: number, from_s: number, lasting_s: number, shape: OscillatorType): void {
  sound ??= new AudioContext();
  const at = sound.currentTime + from_s;
  const voice = sound.createOscillator();
  const volume = sound.createGain();
  voice.type = shape;
  voice.frequency.value = hertz;
  volume.gain.setValueAtTime(0.35, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + lasting_s);
  voice.connect(volume).connect(sound.destination);
  voice.start(at);
  voice.stop(at + lasting_s);
}

/** High and short for yes; low, rough and three times for no: heard without looking. */
export function play(mood: Mood): void {
  try {
    if (mood === "good") tone(1760, 0, 0.12, "sine");
    else if (mood === "wait") tone(880, 0, 0.08, "triangle");
    else for (const from of [0, 0.22, 0.44]) tone(160, from, 0.2, "sawtooth");
    navigator.vibrate?.(mood === "bad" ? [200, 80, 200] : 40);
  } catch {
    return; // a device without sound still shows its colour
  }
}

export function Feedback({ children }: { children: ReactNode }) {
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const tell = useCallback<Tell>((mood, text, detail = "") => {
    play(mood);
    setVerdict((before) => ({ mood, text, detail, n: (before?.n ?? 0) + 1 }));
  }, []);
  const hush = useCallback(() => setVerdict(null), []);
  const value = useMemo(() => ({ verdict, tell, hush }), [verdict, tell, hush]);
  return <Telling.Provider value={value}>{children}</Telling.Provider>;
}

export const useTell = (): Tell => useContext(Telling).tell;
export const useHush = (): (() => void) => useContext(Telling).hush;

/** What became of the last scan, in a colour that is seen from an arm's length. */
export function Banner() {
  const { verdict, hush } = useContext(Telling);
  if (!verdict) return null;
  return (
    <button key={verdict.n} type="button" className={`pda-banner ${verdict.mood}`} role={verdict.mood === "bad" ? "alert" : "status"} onClick={hush}>
      <b>{verdict.text}</b>
      {verdict.detail && <span>{verdict.detail}</span>}
    </button>
  );
}
