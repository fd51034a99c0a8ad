import { useState } from "react";
import { upload } from "@/api/client";
import { t } from "@/i18n";
import { told } from "@/i18n/errors";
import { toast } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { Picture, pictureOf } from "@/ui/parts";

const PICTURES_MAX = 9;

/** Pictures to send along, each uploaded as it is chosen; by an order's link for guests. Browsers only. */
export function Pictures({ pictures, set, link }: { pictures: string[]; set: (pictures: string[]) => void; link?: string }) {
  const [isBusy, setIsBusy] = useState(false);
  const add = async (files: FileList | null) => {
    setIsBusy(true);
    const added = [...pictures];
    try {
      for (const file of Array.from(files ?? []).slice(0, PICTURES_MAX - pictures.length)) {
        const { sha256 } = await upload(file, link);
        if (!added.includes(sha256)) added.push(sha256);
      }
    } catch (error) {
      toast(told(error));
    }
    set(added);
    setIsBusy(false);
  };
  return (
    <div className="thumbs">
      {pictures.map((each, n) => (
        <button key={each} aria-label={t("review.picture.remove", { n: n + 1 })} onClick={() => set(pictures.filter((other) => other !== each))}>
          <Picture src={pictureOf(each)} name="" />
        </button>
      ))}
      {pictures.length < PICTURES_MAX && (
        <label className={`add-picture ${isBusy ? "busy" : ""}`}>
          <Icon name="camera" />
          <small>{t("review.pictures")}</small>
          <input type="file" accept="image/jpeg,image/png,image/gif,image/webp" multiple disabled={isBusy} onChange={(event) => void add((event.target as HTMLInputElement).files)} />
        </label>
      )}
    </div>
  );
}
