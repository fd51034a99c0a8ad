import { useState } from "react";
import { useReading } from "@/api/reading";
import { favour, readFavourites, useKept } from "@/features/favourites";
import { go } from "@/going";
import { t } from "@/i18n";
import { told } from "@/i18n/errors";
import { share } from "@/sharing";
import { shopper, toast } from "@/shopper";
import { Icon } from "@/ui/Icon";

/** Keep for later, and share. */
export function Heart({ id, name }: { id: string; name: string }) {
  const { customerId } = shopper.use();
  const [isBusy, setIsBusy] = useState(false);
  useReading(customerId ? `favourites ${customerId}` : null, readFavourites);
  const isKept = useKept(id);
  const turn = async () => {
    if (!customerId) return go("login", { back: 1 });
    setIsBusy(true);
    try {
      await favour(id, !isKept);
      toast(t(isKept ? "favourite.removed" : "favourite.added"), true);
    } catch (error) {
      toast(told(error));
    }
    setIsBusy(false);
  };
  return (
    <span className="row tight hearts">
      <button className={`plain small ${isKept ? "red" : "faint"}`} aria-pressed={isKept} disabled={isBusy} onClick={() => void turn()}>
        <Icon name="heart" size={18} /> {t("favourite.add")}
      </button>
      <button className="plain small faint" onClick={() => void share(name, "product", { id })}>
        <Icon name="share" size={18} /> {t("share.link")}
      </button>
    </span>
  );
}
