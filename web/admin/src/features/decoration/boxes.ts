/** A part of a picture in whole percent of it, within it. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A point of a picture in percent of it; it may lie beyond. */
export interface Spot {
  x: number;
  y: number;
}

export type Corner = "nw" | "ne" | "sw" | "se";

const within = (value: number, most = 100): number => Math.min(Math.max(Math.round(value), 0), most);

/** The box between two corners, whichever way it was drawn. */
export function drawn(from: Spot, to: Spot): Box {
  const left = within(Math.min(from.x, to.x));
  const top = within(Math.min(from.y, to.y));
  return { left, top, width: within(Math.max(from.x, to.x)) - left, height: within(Math.max(from.y, to.y)) - top };
}

/** The box further on, as large as it is, and not beyond the picture. */
export const moved = (box: Box, x: number, y: number): Box => ({ ...box, left: within(box.left + x, 100 - box.width), top: within(box.top + y, 100 - box.height) });

/** The box with one corner elsewhere and the opposite one where it is; never less than one percent. */
export function resized(box: Box, corner: Corner, to: Spot): Box {
  const far = { x: corner.endsWith("w") ? box.left + box.width : box.left, y: corner.startsWith("n") ? box.top + box.height : box.top };
  const made = drawn(far, to);
  const left = Math.min(made.left, 99);
  const top = Math.min(made.top, 99);
  return { left, top, width: Math.max(made.width, 1), height: Math.max(made.height, 1) };
}
