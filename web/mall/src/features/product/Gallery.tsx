import { useState } from "react";
import type { ProductPage, Variant } from "@/api/shapes";
import { t } from "@/i18n";
import { looks } from "@/looks";
import { Picture } from "@/ui/parts";

interface Shot {
  src: string;
  alt: string;
  film: boolean;
}

/** Pictures and films, those of the chosen variant first; a drawing where the shop has given none. */
export function Gallery({ product, variant }: { product: ProductPage; variant?: Variant }) {
  const [at, setAt] = useState(0);
  const { lang } = looks.use();
  const { card } = product;
  const all = product.media.filter((each) => each.url && (!each.sku_id || !variant || each.sku_id === variant.sku_id));
  const sorted = [...all].sort((a, b) => Number(Boolean(b.sku_id)) - Number(Boolean(a.sku_id)));
  const shots: Shot[] = sorted.map((each) => ({ src: each.url ?? "", alt: (lang === "en" && each.alt_en) || each.alt || card.name, film: each.kind === "video" }));
  if (!shots.length) shots.push({ src: card.picture, alt: card.name, film: false });
  const shot = shots[Math.min(at, shots.length - 1)] ?? shots[0]!;
  return (
    <div className="gallery">
      <span className="frame">
        {shot.film ? <video src={shot.src} controls aria-label={shot.alt} /> : <Picture key={shot.src} src={shot.src} name={shot.alt} isFirst />}
        {shots.length > 1 && (
          <span className="place">
            {at + 1} / {shots.length}
          </span>
        )}
      </span>
      {shots.length > 1 && (
        <div className="thumbs">
          {shots.map((each, n) => (
            <button key={each.src} className={n === at ? "on" : ""} aria-label={t("product.picture", { n: n + 1 })} onClick={() => setAt(n)}>
              <Picture src={each.film ? "" : each.src} name={each.alt} />
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
