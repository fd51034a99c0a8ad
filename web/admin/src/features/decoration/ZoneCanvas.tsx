import { Button, Modal } from "antd";
import { useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { useSay } from "../../i18n";
import type { Values } from "./kinds";
import { drawn, moved, resized, type Box, type Corner, type Spot } from "./boxes";

interface Props {
  picture: string;
  zones: Values[];
  most: number;
  /** What a new zone holds beside where it is. */
  first: Values;
  onChange: (zones: Values[]) => void;
}

/** Zones drawn on their picture by the mouse; a larger picture opens over the page. */
export function ZoneCanvas(props: Props) {
  const say = useSay();
  const [isLarge, setLarge] = useState(false);
  if (!props.picture) return <p className="soft decor-hint">{say("decor.zones_picture")}</p>;
  return (
    <div className="stack">
      <p className="soft decor-hint">{say("decor.zones_hint")}</p>
      {!isLarge && <Canvas {...props} />}
      <Button size="small" onClick={() => setLarge(true)}>
        {say("decor.zones_large")}
      </Button>
      <Modal open={isLarge} title={say("decor.zones_large")} width={960} footer={null} onCancel={() => setLarge(false)} destroyOnHidden>
        <p className="soft decor-hint">{say("decor.zones_hint")}</p>
        <Canvas {...props} />
      </Modal>
    </div>
  );
}

type Doing = { what: "draw"; from: Spot; now: Spot } | { what: "move" | "size"; at: number; from: Spot; box: Box; corner: Corner | null };
const STEP: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CORNERS: readonly Corner[] = ["nw", "ne", "sw", "se"];
const SMALLEST = 2;

function Canvas({ picture, zones, most, first, onChange }: Props) {
  const say = useSay();
  const place = useRef<HTMLDivElement>(null);
  const [doing, setDoing] = useState<Doing | null>(null);
  const [chosen, setChosen] = useState(-1);
  const spot = ({ clientX, clientY }: PointerEvent): Spot => {
    const { left, top, width, height } = place.current?.getBoundingClientRect() ?? { left: 0, top: 0, width: 1, height: 1 };
    return { x: ((clientX - left) / width) * 100, y: ((clientY - top) / height) * 100 };
  };
  const put = (at: number, box: Box) => onChange(zones.map((each, n) => (n === at ? { ...each, ...box } : each)));
  const begin = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const { zone, corner } = (event.target as HTMLElement).dataset;
    const from = spot(event);
    if (zone === undefined && zones.length >= most) return;
    place.current?.setPointerCapture(event.pointerId);
    const at = Number(zone);
    setChosen(zone === undefined ? -1 : at);
    if (zone === undefined) setDoing({ what: "draw", from, now: from });
    else setDoing({ what: corner ? "size" : "move", at, from, box: zones[at] as unknown as Box, corner: (corner as Corner | undefined) ?? null });
  };
  const go = (event: PointerEvent) => {
    if (!doing) return;
    const now = spot(event);
    if (doing.what === "draw") setDoing({ ...doing, now });
    else if (doing.what === "move") put(doing.at, moved(doing.box, now.x - doing.from.x, now.y - doing.from.y));
    else if (doing.corner) put(doing.at, resized(doing.box, doing.corner, now));
  };
  const end = (event: PointerEvent) => {
    if (doing?.what === "draw") {
      const box = drawn(doing.from, spot(event));
      if (box.width >= SMALLEST && box.height >= SMALLEST) {
        onChange([...zones, { ...first, ...box }]);
        setChosen(zones.length);
      }
    }
    setDoing(null);
  };
  const key = (event: KeyboardEvent, at: number) => {
    const step = STEP[event.key];
    const box = zones[at] as unknown as Box;
    if (event.key === "Delete") onChange(zones.filter((_, n) => n !== at));
    else if (step && event.shiftKey) put(at, resized(box, "se", { x: box.left + box.width + step[0], y: box.top + box.height + step[1] }));
    else if (step) put(at, moved(box, ...step));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const shown = doing?.what === "draw" ? drawn(doing.from, doing.now) : null;
  return (
    <div className="decor-zones" ref={place} role="group" aria-label={say("decor.zones")} onPointerDown={begin} onPointerMove={go} onPointerUp={end} onPointerCancel={() => setDoing(null)}>
      <img src={picture} alt="" draggable={false} />
      {zones.map((zone, n) => (
        <button key={n} type="button" data-zone={n} className={n === chosen ? "is-chosen" : ""} style={styleOf(zone as unknown as Box)} aria-label={say("decor.zone_n", { n: n + 1, name: String(zone.label ?? "") })} onFocus={() => setChosen(n)} onKeyDown={(event) => key(event, n)}>
          <b data-zone={n}>{n + 1}</b>
          {n === chosen && CORNERS.map((corner) => <i key={corner} className={corner} data-zone={n} data-corner={corner} />)}
        </button>
      ))}
      {shown && <span className="is-new" style={styleOf(shown)} />}
    </div>
  );
}

const styleOf = ({ left, top, width, height }: Box) => ({ left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` });
