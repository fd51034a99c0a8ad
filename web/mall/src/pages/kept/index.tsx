import { useState } from "react";
import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import type { Card } from "@/api/shapes";
import { favour, readFavourites } from "@/features/favourites";
import { useParams } from "@/features/params";
import { t, useLang } from "@/i18n";
import { told } from "@/i18n/errors";
import { forgetSeen, seen } from "@/seen";
import { shopper, toast } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Bones, Choices, Grid, GoodsCard, Lines } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Empty, Wrong } from "@/ui/Wrong";

type Tab = "favourites" | "seen";

/** What a member keeps for later, and what was looked at on this device. */
export default function Kept() {
  useLang();
  const given = useParams()["tab"];
  const { isKnown } = shopper.use();
  const [tab, setTab] = useState<Tab>(given === "seen" ? "seen" : "favourites");
  return (
    <Shell title={t("kept.title")}>
      <Choices<Tab> name={t("kept.title")} options={[["favourites", t("kept.favourites")], ["seen", t("kept.seen")]]} value={tab} set={setTab} />
      {tab === "seen" ? <SeenOnes /> : isKnown ? <Favourites /> : <Lines count={6} />}
    </Shell>
  );
}

function Favourites() {
  const { customerId } = shopper.use();
  const found = useReading(customerId ? `favourites ${customerId}` : null, readFavourites);
  const remove = async (id: string) => {
    try {
      await favour(id, false);
      found.again();
    } catch (error) {
      toast(told(error));
    }
  };
  if (!customerId)
    return (
      <Empty title={t("me.sign_in")} art="白瓷盖碗">
        <Link to="login" query={{ back: 1 }} className="button">
          {t("top.sign_in")}
        </Link>
      </Empty>
    );
  if (found.error) return <Wrong error={found.error} again={found.again} />;
  if (!found.data) return <Bones />;
  if (!found.data.length) return <Nothing title={t("kept.none")} hint={t("kept.none.hint")} />;
  return (
    <div className="grid">
      {found.data.map((each) => (
        <div key={each.product_id} className="kept-one">
          {each.card ? <GoodsCard card={each.card} /> : <p className="card faint">{t("kept.off")}</p>}
          <button className="plain faint" aria-label={t("kept.remove", { name: each.card?.name ?? "" })} onClick={() => void remove(each.product_id)}>
            <Icon name="trash" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}

/** Cards are asked for one by one: what was seen stays on this device, so nobody knows the list. */
async function cardsOf(ids: readonly string[]): Promise<Card[]> {
  const pages = await Promise.allSettled(ids.map((id) => read("/api/v1/storefront/products/{product_id}", {}, { product_id: id })));
  return pages.flatMap((each) => (each.status === "fulfilled" ? [each.value.card] : []));
}

const SHOWN_MAX = 24;

function SeenOnes() {
  const [ids, setIds] = useState(() => seen().map((each) => each.id).slice(0, SHOWN_MAX));
  const found = useReading(ids.length ? ids.join(" ") : null, () => cardsOf(ids));
  if (!ids.length) return <Nothing title={t("kept.seen.none")} hint={t("kept.seen.hint")} />;
  return (
    <>
      <p className="row">
        <small className="faint grow">{t("kept.seen.hint")}</small>
        <button
          className="plain small"
          onClick={() => {
            forgetSeen();
            setIds([]);
          }}
        >
          {t("kept.clear")}
        </button>
      </p>
      {found.data ? <Grid cards={found.data} /> : <Bones />}
    </>
  );
}

const Nothing = ({ title, hint }: { title: string; hint: string }) => (
  <Empty title={title} hint={hint} art="龙井礼盒">
    <Link to="list" className="button">
      {t("cart.go_shopping")}
    </Link>
  </Empty>
);
