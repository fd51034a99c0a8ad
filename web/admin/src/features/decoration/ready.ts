import { isFilled, tidy, type Piece } from "../../ui/Writing";
import { missing, type Block, type Kind, type Values } from "./kinds";
import type { Key } from "../../i18n";

/** A block as it is sent: of a text only the pieces that say something. */
export function sent(block: Block): Block {
  if (block.kind !== "text") return block;
  const said = (pieces: unknown) => ((pieces ?? []) as Piece[]).filter(isFilled).map(tidy);
  return { ...block, body: said(block.body), body_en: said(block.body_en) } as unknown as Block;
}

/** What of a block is still to be filled in; nothing of one that can be saved. */
export const lacking = (block: Block): Key[] => missing(block.kind as Kind, sent(block) as unknown as Values);
