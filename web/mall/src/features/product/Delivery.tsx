import { useState } from "react";
import { ask, read } from "@/api/client";
import { useReading } from "@/api/reading";
import type { Variant } from "@/api/shapes";
import { RegionPicker, type Place } from "@/features/RegionPicker";
import { money, t } from "@/i18n";
import { keep, kept } from "@/platform";
import { shopper } from "@/shopper";

/** On which day it is there and what sending costs, for a region that this device remembers. */
export function Delivery({ variant, qty }: { variant: Variant; qty: number }) {
  const { mall } = shopper.use();
  const [place, setPlace] = useState<Place | null>(kept<Place | null>("region", null));
  const region = place?.code ?? "";
  const about = mall && region ? `${variant.sku_id} ${qty} ${region}` : null;
  const found = useReading(about, async () => {
    const [day, quote] = await Promise.all([
      read("/api/v1/storefront/skus/{sku_id}/delivery", { region }, { sku_id: variant.sku_id }),
      ask("/api/v1/checkout/quote", { shop_id: mall?.id ?? "", region, lines: [{ sku_id: variant.sku_id, qty }] }),
    ]);
    return { day: day.text, freight: quote.quote.totals.freight_minor, currency: quote.currency, why: quote.freight_text };
  });
  const choose = (chosen: Place) => {
    keep("region", chosen);
    setPlace(chosen);
  };
  const told = found.data && !found.isOld ? found.data : undefined;
  return (
    <div className="card delivery">
      <div className="row option">
        <span className="label">{t("delivery.to")}</span>
        <RegionPicker place={place ?? undefined} set={choose} />
      </div>
      {!region && <p className="faint">{t("delivery.choose")}</p>}
      {found.error && <p className="notice gone">{found.error.problem.message}</p>}
      {told && (
        <p className="promise">
          <b>{told.day || t("delivery.none")}</b>
          <span>{told.freight > 0 ? t("delivery.freight", { amount: money(told.freight, told.currency) }) : t("delivery.free")}</span>
          {told.freight > 0 && told.why && <small className="faint">{told.why}</small>}
        </p>
      )}
    </div>
  );
}
