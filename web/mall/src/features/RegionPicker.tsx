import { useEffect, useState } from "react";
import { read, type Answer } from "@/api/client";
import { useReading } from "@/api/reading";
import { t } from "@/i18n";
import { Icon } from "@/ui/Icon";
import { Lines, Sheet } from "@/ui/parts";
import { Wrong } from "@/ui/Wrong";

type Region = Answer<"/api/v1/regions">["items"][number];

export interface Place {
  code: string;
  province: string;
  city: string;
  district: string;
}

/** Province, city, district, one below the other. */
export function RegionPicker({ place, set }: { place?: Place; set: (place: Place) => void }) {
  const [isOpen, setIsOpen] = useState(false);
  const shown = place ? [...new Set([place.province, place.city, place.district])].filter(Boolean).join(" ") : "";
  return (
    <>
      <button className={`field pick ${shown ? "" : "faint"}`} onClick={() => setIsOpen(true)}>
        <span className="grow left">{shown || t("address.region.choose")}</span>
        <Icon name="down" size={16} />
      </button>
      {isOpen && (
        <Sheet title={t("address.region")} close={() => setIsOpen(false)}>
          <Down
            done={(path) => {
              set(placeOf(path));
              setIsOpen(false);
            }}
          />
        </Sheet>
      )}
    </>
  );
}

function Down({ done }: { done: (path: Region[]) => void }) {
  const [path, setPath] = useState<Region[]>([]);
  const parent = path.at(-1)?.code ?? null;
  const found = useReading(`regions ${parent ?? ""}`, () => read("/api/v1/regions", { parent, limit: 200 }));
  const [only] = found.isOld || found.data?.items.length !== 1 ? [] : found.data.items;
  const isSame = only?.has_children && only.name === path.at(-1)?.name;
  // A city that is a province itself, as Beijing is, is not asked for twice.
  useEffect(() => {
    if (only && isSame) setPath((before) => [...before, only]);
  }, [only?.code, isSame]);
  const choose = (region: Region) => {
    const next = [...path, region];
    if (region.has_children) setPath(next);
    else done(next);
  };
  return (
    <div className="regions">
      <div className="chips">
        {path.map(
          (each, n) =>
            each.name !== path[n - 1]?.name && (
              <button key={each.code} className="chip" onClick={() => setPath(path.slice(0, n))}>
                {each.name} <Icon name="close" size={12} />
              </button>
            ),
        )}
      </div>
      {found.error ? (
        <Wrong error={found.error} again={found.again} />
      ) : found.isOld || !found.data ? (
        <Lines count={6} />
      ) : (
        found.data.items.map((region) => (
          <button key={region.code} className="region" onClick={() => choose(region)}>
            <span className="grow left">{region.name}</span>
            {region.has_children && <Icon name="next" size={14} />}
          </button>
        ))
      )}
    </div>
  );
}

function placeOf(path: Region[]): Place {
  const named = (level: Region["level"]) => path.find((each) => each.level === level)?.name ?? "";
  return { code: path.at(-1)?.code ?? "", province: named("province"), city: named("city"), district: named("district") };
}
