import type { FoundOrder } from "@/api/shapes";
import { moment, t, type Key } from "@/i18n";
import { copy } from "@/sharing";
import { Icon } from "@/ui/Icon";

type Parcel = FoundOrder["parcels"][number];

/** The parcels of an order, each with where it was, the newest first. */
export function Parcels({ order }: { order: FoundOrder }) {
  if (!order.parcels.length) return null;
  return (
    <section className="card">
      <h2>{t("order.parcels", { n: order.parcels.length })}</h2>
      {order.parcels.map((parcel) => (
        <OneParcel key={parcel.number} parcel={parcel} />
      ))}
    </section>
  );
}

function OneParcel({ parcel }: { parcel: Parcel }) {
  return (
    <div className="parcel-whole">
      <div className="row parcel">
        <Icon name="truck" />
        <span className="grow">
          <b>{parcel.carrier || t("order.carrier")}</b> {parcel.waybill}
          <small className="faint">{t("order.sent_at", { at: moment(parcel.sent_at) })}</small>
        </span>
        {parcel.state && <span className="badge">{t(`parcel.${parcel.state}`)}</span>}
        {parcel.waybill && (
          <button className="plain small faint" onClick={() => void copy(parcel.waybill, t("share.copied"))}>
            {t("order.track.copy")}
          </button>
        )}
      </div>
      {parcel.scans.length ? (
        <ol className="track" aria-label={t("order.track")}>
          {parcel.scans.map((scan) => (
            <li key={`${scan.at} ${scan.kind}`}>
              <b>{t(`scan.${scan.kind}` as Key)}</b> {scan.place}
              <small className="faint">{moment(scan.at)}</small>
            </li>
          ))}
        </ol>
      ) : (
        parcel.state && <p className="faint small-print">{t("order.track.none")}</p>
      )}
    </div>
  );
}
