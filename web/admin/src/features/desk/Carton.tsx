import type { Schema } from "../../api/client";

const COLOURS = ["#0c6b56", "#d79a1e", "#3a6ea5", "#8a4f7d", "#b3261e", "#5f7a1f"];
const SLANT = Math.cos(Math.PI / 6);
const RISE = Math.sin(Math.PI / 6);
const SIZE = 150;

/** Pieces in a carton, seen from the front at an angle; those behind and below are drawn first. */
export function Carton({ packed }: { packed: Schema<"PackedCarton"> }) {
  const { length_mm: long, width_mm: wide, height_mm: high, code } = packed.carton;
  const scale = SIZE / ((long + wide) * SLANT);
  const at = (x: number, y: number, z: number) => `${((x - y) * SLANT + wide * SLANT) * scale},${((x + y) * RISE - z + high) * scale}`;
  const height = ((long + wide) * RISE + high) * scale;
  const boxes = [...packed.lying].sort((one, other) => one.x + one.y + one.z - (other.x + other.y + other.z));
  const corner = (points: string[]) => points.join(" ");
  return (
    <svg width={SIZE + 4} height={height + 4} viewBox={`-2 -2 ${SIZE + 4} ${height + 4}`} role="img" aria-label={code}>
      <polygon className="carton-back" points={corner([at(0, 0, 0), at(long, 0, 0), at(long, wide, 0), at(0, wide, 0)])} />
      <polygon className="carton-back" points={corner([at(0, 0, 0), at(long, 0, 0), at(long, 0, high), at(0, 0, high)])} />
      <polygon className="carton-back" points={corner([at(0, 0, 0), at(0, wide, 0), at(0, wide, high), at(0, 0, high)])} />
      {boxes.map(({ piece, x, y, z, dx, dy, dz }) => (
        <g key={piece} fill={COLOURS[piece % COLOURS.length]} stroke="#fff" strokeWidth={0.8}>
          <polygon points={corner([at(x, y, z + dz), at(x + dx, y, z + dz), at(x + dx, y + dy, z + dz), at(x, y + dy, z + dz)])} />
          <polygon fillOpacity={0.8} points={corner([at(x + dx, y, z), at(x + dx, y + dy, z), at(x + dx, y + dy, z + dz), at(x + dx, y, z + dz)])} />
          <polygon fillOpacity={0.65} points={corner([at(x, y + dy, z), at(x + dx, y + dy, z), at(x + dx, y + dy, z + dz), at(x, y + dy, z + dz)])} />
        </g>
      ))}
    </svg>
  );
}
